import type { IceServerError } from '../../src/errors.js'

/** Returns the error that a call throws. Fails the test if it does not throw. */
export function errorOf(call: () => unknown): IceServerError {
  try {
    call()
  } catch (error) {
    return error as IceServerError
  }
  throw new Error('the call did not throw')
}

/** Resolves with the error that a promise rejects with. Fails the test if it does not reject. */
export async function rejectionOf(promise: Promise<unknown>): Promise<IceServerError> {
  try {
    await promise
  } catch (error) {
    return error as IceServerError
  }
  throw new Error('the promise did not reject')
}
