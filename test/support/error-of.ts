import type { IceServerError } from '../../src/errors.js'

/** What a call throws; fails the test if it does not. */
export function errorOf(call: () => unknown): IceServerError {
  try {
    call()
  } catch (error) {
    return error as IceServerError
  }
  throw new Error('nothing was thrown')
}

/** What a promise is rejected with; fails the test if it is not. */
export async function rejectionOf(promise: Promise<unknown>): Promise<IceServerError> {
  try {
    await promise
  } catch (error) {
    return error as IceServerError
  }
  throw new Error('the promise was not rejected')
}
