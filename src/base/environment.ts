// Variables of the environment, where the runtime lets a program read them.

/** The value; undefined when it is not set, or not to be read: Deno throws without --allow-env. */
export function environmentVariable(name: string): string | undefined {
  try {
    return process.env[name];
  } catch {
    return undefined;
  }
}

/** The path of the program that runs JavaScript; undefined where it is not to be read. */
export function executablePath(): string | undefined {
  try {
    return process.execPath;
  } catch {
    return undefined; // Deno, without --allow-read of it
  }
}
