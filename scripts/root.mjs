// The root folder of the repository, as a path that ends with a separator.
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
