import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { filesBelow } from './support/code-blocks.js'

const ROOT = new URL('..', import.meta.url).pathname

/** Words that a WebRTC engineer stops at, and what to write instead. */
const WORDS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bheed(s|ed|ing)?\b/i, 'respects, returns, listens for'],
  [/\b(tells?|told|telling)\b/i, 'returns, reports, indicates, contains'],
  [/\bask(s|ed|ing)?\b/i, 'request, fetch, refresh, retry'],
  [/\banswer(s|ed|ing)?\b/i, 'response; answer only for SDP'],
  [/\brefus(e|es|ed|al|als|ing)\b/i, 'reject(ed)'],
  [/\b(tries|tried)\b/i, 'attempt, retry'],
  [/\bfault(s|y)?\b/i, 'error, failure, bug'],
  [/\bmint(s|ed|ing)?\b/i, 'issue(s)'],
  [/\b(gives?|gave)\b(?! up)/i, 'pass, return'],
  [/\bkin\b/i, 'name the things'],
  [/\b(whoever|who asks|melts?)\b/i, 'the caller; the authenticated user'],
  [/\b(other|another|remote|far) end\b/i, 'the remote peer'],
  [/\bunder way\b/i, 'in flight'],
  [/\bput back\b/i, 'set back'],
  [/\b(comes?|came|come) to (its|their|an) end\b/i, 'expire'],
  [/(?<!\bthere )\bis no (?!longer\b)[a-z]+\b/i, 'must be …, is not a …'],
  [/\b(in words|but for|takes that|that takes it|does as well|do as well)\b/i, 'the exact verb'],
  [/\bback-off\b/i, 'backoff'],
  [/\btime-outs?\b/i, 'timeout'],
  [/\b(unfrozen|wakes)\b/i, 'resumes, becomes visible'],
]

/** Where one of the words is right: an answer of SDP, and an old name. */
const ALLOWED: readonly (readonly [file: RegExp, text: RegExp])[] = [
  [/^/, /\bSDP answer|\banswers (the offer|it)\b|restart ICE when it answers/i],
  [
    /^(docs\/(diagnostics|live-connections|troubleshooting)\.md|demo\/recipes\/stand-in-.*)$/,
    /\banswer(s|ed)?\b/i,
  ],
  [
    /^src\/peer\/(restart-(failures|follower|negotiation|progress|runner|state)|answer-guard|connection-snapshot|negotiable-connection|server-writer|in-band\/.*)\.ts$/,
    /\banswer(s|ed|ing)?\b/i,
  ],
  [/^src\/(connection-explanation|restart-failure|diagnostics\/diagnose)\.ts$/, /\banswer(ed)?\b/i],
  [/^CONTRIBUTING\.md$/, /\*answer\* only for SDP/],
  [/^CHANGELOG\.md$/, /`'refused'`/],
  // The name of a command, and of an error of sockets.
  [/^(src\/cli\/.*|docs\/command\.md|README\.md|CHANGELOG\.md)$/, /\bmint\b|connection (was )?refused/],
]

/** Returns the words of a text that may not be there, with their lines. */
function findWords(text: string, file = ''): string[] {
  return text.split('\n').flatMap((line, index) => {
    const rest = ALLOWED.filter(([allowedIn]) => allowedIn.test(file)).reduce(
      (remaining, [, allowed]) => remaining.replaceAll(new RegExp(allowed, 'gi'), ''),
      line,
    )
    return WORDS.filter(([pattern]) => pattern.test(rest)).map(
      ([pattern, instead]) => `${index + 1}: "${pattern.exec(rest)?.[0]}" → ${instead}: ${line.trim()}`,
    )
  })
}

const files = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...['.ts'].flatMap((ending) => filesBelow(ROOT, 'src', ending)),
  ...filesBelow(ROOT, 'docs', '.md'),
  ...['.ts', '.tsx', '.html', '.css', '.vue', '.svelte'].flatMap((ending) =>
    filesBelow(ROOT, 'demo', ending),
  ),
]

describe('the vocabulary', () => {
  it('covers the source, the documentation and the demo', () => {
    expect(files.length).toBeGreaterThan(100)
    expect(files).toEqual(expect.arrayContaining(['src/provider.ts', 'docs/api.md', 'demo/main.ts']))
  })

  it.each(files)('finds no word to replace in %s', (file) => {
    expect(findWords(readFileSync(join(ROOT, file), 'utf8'), file)).toEqual([])
  })

  it.each([
    ['// Heeds the clock, and tells its kin.', 3],
    ['the answer of the endpoint was refused', 2],
    ['/** Gives the servers to whoever asks. */', 3],
    ['authorize is no function', 1],
    ['until the back-off has come to its end', 2],
    ['the other end was put back', 2],
  ])('finds a word to replace in: %s', (text, count) => {
    expect(findWords(text)).toHaveLength(count)
  })

  it.each([
    'No SDP answer arrived.',
    'The remote peer answers the offer.',
    'The provider gives up.',
    'the default, which is no longer valid',
    'a try block, a retry, and one task',
  ])('accepts: %s', (text) => {
    expect(findWords(text)).toEqual([])
  })
})
