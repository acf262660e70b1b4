/** Calls functions of the application, and reads the errors of the HTTP libraries that they use. */
import { IceServerError, type IceServerErrorCode, isIceServerError } from '../errors.js'
import { readSafely } from '../read-safely.js'
import { safeCause } from '../safe-cause.js'
import { isObject } from '../type-guards.js'
import { createHttpError, isNetworkError } from './request-errors.js'

/**
 * Calls a function of the application.
 *
 * @throws {@link IceServerError} what the function threw if it is one; otherwise with this code, and with the thrown
 * value as its cause. Errors of HTTP libraries contain the request with its headers, so they are replaced and are never a
 * cause.
 */
export async function callAppFunction<T>(
  code: IceServerErrorCode,
  name: string,
  now: () => number,
  call: () => T | Promise<T>,
): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw toAppError(error, code, name, now)
  }
}

/** Returns the error that reports what a function of the application threw, see {@link callAppFunction}. */
export function toAppError(
  error: unknown,
  code: IceServerErrorCode,
  name: string,
  now: () => number,
): IceServerError {
  if (readSafely(() => isIceServerError(error), false)) return error as IceServerError
  const fromLibrary = readSafely(() => fromHttpLibrary(error, `the ${name} function`, code, now()), undefined)
  return fromLibrary ?? new IceServerError(code, `the ${name} function threw`, { cause: error })
}

/** Members that hold the request or the response in errors of axios, ky, got, ofetch, superagent and Apollo. */
const HTTP_MEMBERS = ['request', 'response', 'config', 'options']

/** Returns `undefined` for any other error. */
function fromHttpLibrary(
  error: unknown,
  source: string,
  code: IceServerErrorCode,
  now: number,
): IceServerError | undefined {
  if (!isObject(error)) return undefined
  const response = isObject(error.response) ? error.response : error
  const status = readStatus(response) ?? readStatus(error)
  const headers = readHeaders(response.headers ?? error.headers)
  if (status === 0 || isNetworkError(error)) {
    const cause = safeCause(isNetworkError(error) ? error.cause : error)
    return new IceServerError('ERR_NETWORK', `${source} threw a network error`, { cause })
  }
  if (status !== undefined && status >= 300) return createHttpError(source, { status, headers }, now)
  if (status !== undefined) {
    const message = `${source} threw an error although the backend responded ${status}: is the body JSON?`
    return new IceServerError('ERR_RESPONSE', message, { status, cause: safeCause(error) })
  }
  if (!HTTP_MEMBERS.some((name) => isObject(error[name]))) return undefined
  return new IceServerError(code, `${source} threw`, { cause: safeCause(error) })
}

/** Returns the HTTP status, or 0 for an error before any response, as XMLHttpRequest has it. */
function readStatus({ status, statusCode }: Readonly<Record<string, unknown>>): number | undefined {
  const isStatus = (value: unknown): value is number =>
    value === 0 || (Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 599)
  return [status, statusCode].find(isStatus)
}

/** Reads `Headers`, those of axios, and the plain object of got and `node:http`, whose names are in any case. */
function readHeaders(headers: unknown): Pick<Headers, 'get'> | undefined {
  if (!isObject(headers)) return undefined
  const { get } = headers
  const read = (name: string): unknown => {
    if (typeof get === 'function') return get.call(headers, name)
    const key = Object.keys(headers).find((key) => key.toLowerCase() === name)
    return key && headers[key]
  }
  return {
    get(name) {
      const value = read(name)
      return typeof value === 'string' || typeof value === 'number' ? String(value) : null
    },
  }
}
