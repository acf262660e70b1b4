/** The documentation site: builds it, then follows every link of every page. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = new URL('../..', import.meta.url).pathname
const ORIGIN = 'http://site.test/'
const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

interface Page {
  readonly text: string
  readonly ids: ReadonlySet<string>
  /** URLs in the site, resolved against the page, of links and of images, scripts and styles. */
  readonly links: readonly URL[]
}

const site = mkdtempSync(join(tmpdir(), 'turnkeeper-site-'))
const files = new Set<string>()
const pages = new Map<string, Page>()

/** Reads a page without a DOM, which would take longer than TypeDoc. Quotes in the text of a page are escaped. */
function readPage(file: string): Page {
  const html = readFileSync(join(site, file), 'utf8').replaceAll(/<script.*?<\/script>/gs, '')
  const valuesOf = (attribute: RegExp) =>
    [...html.matchAll(attribute)].map(([, value = '']) => value.replaceAll('&amp;', '&'))
  return {
    text: html.replaceAll(/<[^>]*>/g, ''),
    ids: new Set(valuesOf(/\sid="([^"]*)"/g)),
    links: valuesOf(/\s(?:href|src)="([^"]*)"/g)
      .map((url) => new URL(url, ORIGIN + file))
      .filter(({ href }) => href.startsWith(ORIGIN)),
  }
}

/** Returns the links that lead to no file of the site, or to no element of its page. */
function brokenLinks(): string[] {
  return [...pages].flatMap(([from, { links }]) =>
    links
      .filter(({ pathname, hash }) => {
        const file = decodeURIComponent(pathname.slice(1)) || 'index.html'
        const ids = pages.get(file)?.ids
        return !files.has(file) || (hash.length > 1 && ids && !ids.has(decodeURIComponent(hash.slice(1))))
      })
      .map(({ pathname, hash }) => `${from}: ${pathname}${hash}`),
  )
}

/** Returns the names of the options that the page of an interface lists. */
const optionsOn = (name: string) =>
  [...(pages.get(`interfaces/${name}.html`)?.ids ?? [])].filter((id) => /^[a-z]\w+$/.test(id))

describe('the documentation site', () => {
  beforeAll(async () => {
    const command = [
      join(ROOT, 'node_modules/typedoc/bin/typedoc'),
      '--options',
      'docs/typedoc.config.mjs',
      '--out',
      site,
    ]
    await promisify(execFile)(process.execPath, command, { cwd: ROOT })
    for (const file of readdirSync(site, { recursive: true, encoding: 'utf8' })) files.add(file)
    for (const file of files) if (file.endsWith('.html')) pages.set(file, readPage(file))
  }, 300_000)
  afterAll(() => rmSync(site, { recursive: true }))

  it('has a page for each entry of the package and for each page of docs', () => {
    const entries = Object.entries<{ types?: string }>(exports).filter(([, { types }]) => types)
    const modules = entries.map(([path]) => `modules/turnkeeper${path.slice(1).replace('/', '_')}.html`)
    expect(modules.length).toBeGreaterThan(1)
    expect(modules.filter((file) => !pages.has(file))).toEqual([])
    expect([...files].filter((file) => file.endsWith('.md'))).toEqual([]) // copied, for want of a page
  })

  it('has no link to a missing page or anchor', () => {
    expect([...pages.values()].flatMap(({ links }) => links).length).toBeGreaterThan(1000)
    expect(brokenLinks()).toEqual([])
  })

  it('begins with a picture of the two calls', () => {
    const links = pages.get('index.html')?.links.map(({ pathname }) => pathname)
    expect(links).toContain('/media/demo.webp')
  })

  it('names each parameter, and no internal class', () => {
    const hasLeak = ({ text }: Page) => /__namedParameters|ProviderEventTarget|ProviderEvents\./.test(text)
    const reference = [...pages].filter(([file]) => !file.startsWith('documents/'))
    expect(reference.length).toBeGreaterThan(80)
    expect(reference.filter(([, page]) => hasLeak(page)).map(([file]) => file)).toEqual([])
  })

  it('hides the options that only tests use', () => {
    expect(optionsOn('turnkeeper.IceServerProviderOptions')).toContain('refreshmarginms')
    expect(optionsOn('turnkeeper.IceServerProviderOptions')).not.toContain('random')
    expect(optionsOn('turnkeeper.IceServerProviderOptions')).not.toContain('now')
    expect(optionsOn('turnkeeper_server.TurnRestOptions')).toContain('secret')
    expect(optionsOn('turnkeeper_server.TurnRestOptions')).not.toContain('now')
  })

  it.each(['turnkeeper', 'turnkeeper_server'])('groups every export of %s by task', (name) => {
    const ids = pages.get(`modules/${name}.html`)?.ids ?? new Set()
    expect(ids.has(name === 'turnkeeper' ? 'provider' : 'server-handler')).toBe(true)
    expect(
      ['classes', 'functions', 'interfaces', 'types', 'variables'].filter((kind) => ids.has(kind)),
    ).toEqual([])
  })
})
