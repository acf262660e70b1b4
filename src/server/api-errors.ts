/** Reads the errors in a response of Cloudflare's APIs, or of a proxy or gateway in front of them. */
import { readMember } from '../config/member-names.js'
import { isObject, isRecord } from '../type-guards.js'
import type { TurnApiErrorDetail } from './errors.js'
import type { Redact } from './redact.js'

const MAX_MESSAGE_LENGTH = 200
const MAX_ERRORS = 10
const MAX_DEPTH = 4

/** Members with errors: the envelope of the v4 API, and those of gateways. */
const ERROR_NAMES = ['errors', 'error']

/** Members with errors inside an error response or an error: those of the v4 API are in `messages` and `error_chain`. */
const INNER_NAMES = [...ERROR_NAMES, 'messages', 'error_chain', 'causes', 'cause']

const CODE_NAMES = ['code', 'errorCode', 'error_code']

/** Names of texts: Cloudflare's two formats, OAuth (RFC 6749 §5.2), and problem details (RFC 9457 §3.1). */
const MESSAGE_NAMES = [
  'message',
  'errorDescription',
  'error_description',
  'description',
  'detail',
  'title',
  'reason',
]

/** Whether the body of a 2xx response reports an error. */
export function isErrorBody(body: unknown): boolean {
  if (!isRecord(body)) return false
  const lists = ERROR_NAMES.map((name) => body[name])
  const hasErrors = lists.some((list) => (isObject(list) ? Object.keys(list).length > 0 : Boolean(list)))
  return hasErrors || body.success === false || readMember(body, 'errorCode') !== undefined
}

/** Returns the errors of a body: parsed JSON, or text. HTML is left out, because it is a page for people. */
export function readApiErrors(body: unknown, redact: Redact): TurnApiErrorDetail[] {
  const details = readErrors(body, 0).map(({ code, message }) => ({
    code: typeof code === 'string' ? toLine(code, redact) : code,
    message: toLine(message, redact),
  }))
  const isNew = ({ code, message }: TurnApiErrorDetail, index: number) =>
    details.findIndex((other) => other.code === code && other.message === message) === index
  return details.filter(isNew).slice(0, MAX_ERRORS)
}

/** Returns the errors as one text: `; 1000: invalid token`. */
export function formatApiErrors(errors: readonly TurnApiErrorDetail[]): string {
  return errors.map(({ code, message }) => `; ${[code, message].filter(hasText).join(': ')}`).join('')
}

function hasText(value: unknown): boolean {
  return value !== undefined && value !== ''
}

function readErrors(value: unknown, depth: number): TurnApiErrorDetail[] {
  if (depth > MAX_DEPTH || value === null || value === undefined || typeof value === 'boolean') return []
  if (Array.isArray(value)) return value.slice(0, MAX_ERRORS).flatMap((entry) => readErrors(entry, depth + 1))
  if (typeof value === 'number') return [{ code: value, message: '' }]
  if (typeof value === 'string') return isText(value) ? [{ code: undefined, message: value }] : []
  return isRecord(value) ? readErrorObject(value, depth) : []
}

/** Returns the error that an object describes, and those inside it. */
function readErrorObject(record: Record<string, unknown>, depth: number): TurnApiErrorDetail[] {
  const code = toCode(readMember(record, ...CODE_NAMES))
  const content = readMember(record, ...MESSAGE_NAMES)
  const inner = INNER_NAMES.flatMap((name) => readErrors(record[name], depth + 1))
  if (isObject(content)) {
    const [first, ...others] = readErrors(content, depth + 1)
    const own = first ?? { code, message: JSON.stringify(content) }
    return [{ ...own, code: own.code ?? code }, ...others, ...inner]
  }
  const message = content !== undefined && isText(String(content)) ? String(content) : ''
  if (code !== undefined || message !== '') return [{ code, message }, ...inner]
  const isUnknownShape = depth > 0 && inner.length === 0 && Object.keys(record).length > 0
  return isUnknownShape ? [{ code, message: JSON.stringify(record) }] : inner
}

/** A code is a number, also in text, or a name such as `bad_ttl`. */
function toCode(value: unknown): number | string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string' || value.trim() === '') return undefined
  return /^\d{1,9}$/.test(value) ? Number(value) : value
}

function isText(text: string): boolean {
  return text.trim() !== '' && !/^\s*</.test(text)
}

/** Returns a text in one line, without the secret: control characters could forge lines of a log. */
function toLine(text: string, redact: Redact): string {
  return redact(text)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_MESSAGE_LENGTH)
}
