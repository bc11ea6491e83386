// Objects that inherit nothing: what they lack is not looked for on Object.prototype, where anyone may put
// a value or a getter, which would act on the call or get to see the object.

// As it was when this was loaded.
const { setPrototypeOf } = Object;

/** The object, without a prototype from now on. */
export function bare<T extends object>(object: T): T {
  return setPrototypeOf(object, null) as T;
}
