/** Reads members of a response whose names are spelled as in other languages. */

type JsonRecord = Readonly<Record<string, unknown>>

/** Returns a name in one spelling: `userName`, `UserName`, `user_name` and `user-name` are all `username`. */
export function plainName(name: string): string {
  return name.replaceAll(/[_-]/g, '').toLowerCase()
}

/**
 * Returns the value of the first member that is neither `undefined` nor `null`. Of two spellings of a name, the one that
 * is passed counts. Reads each member at most once.
 */
export function readMember(record: JsonRecord, ...names: readonly string[]): unknown {
  for (const name of names) {
    const key = findKey(record, name)
    const value = key === undefined ? undefined : record[key]
    if (value !== undefined && value !== null) return value
  }
  return undefined
}

/** Whether there is a member with one of the names, in any spelling. */
export function hasMember(record: JsonRecord, ...names: readonly string[]): boolean {
  return names.some((name) => findKey(record, name) !== undefined)
}

function findKey(record: JsonRecord, name: string): string | undefined {
  if (name in record) return name
  const wanted = plainName(name)
  return Object.keys(record).find((key) => plainName(key) === wanted)
}
