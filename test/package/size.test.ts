import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { BUDGETS, bundle, MIN_SLACK, slackOf } from '../../bench/size.js'

/** The sizes in bytes, each measured once. */
const sizes = new Map<(typeof BUDGETS)[number] | undefined, Promise<number>>()
function sizeOf(budget: (typeof BUDGETS)[number] | undefined): Promise<number> {
  const size = sizes.get(budget) ?? budget?.measure() ?? Promise.reject(new Error('there is no such budget'))
  sizes.set(budget, size)
  return size
}

describe('the built package', () => {
  it.each(BUDGETS)('stays within its size budget with at least 3 % slack: $name', async (budget) => {
    expect(MIN_SLACK).toBe(0.03)
    expect(slackOf(await sizeOf(budget), budget.budget)).toBeGreaterThanOrEqual(MIN_SLACK)
  })

  it.each([
    [BUDGETS[0], / ([\d.]+) kB of its own/],
    [BUDGETS[1], /`IceServerProvider` adds ([\d.]+) kB/],
    [BUDGETS[2], /`validateRTCIceServer` alone adds ([\d.]+) kB/],
    [BUDGETS[3], /server half has ([\d.]+) kB/],
    [BUDGETS[7], / ([\d.]+) kB \(minified, gzip\)/],
  ] as const)('has the size that the README states, or up to 10 %% less, no. %#', async (budget, pattern) => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
    const stated = Number(pattern.exec(readme)?.[1]) * 1000
    const measured = await sizeOf(budget)
    expect(measured).toBeLessThanOrEqual(stated)
    expect(measured).toBeGreaterThanOrEqual(stated * 0.9)
  })

  it('contains no server code in the entry and the script tag file', async () => {
    const script = await readFile(new URL('../../dist/turnkeeper.umd.js', import.meta.url), 'utf8')
    const entry = await bundle("export * from './dist/index.js'", ['ky', 'eventemitter3'])
    for (const code of [script, entry]) expect(code).not.toMatch(/HMAC|turn_keys|TurnApiError|allowedOrigins/)
  })

  it('is tree-shaken to a single function and no dependency if only that function is imported', async () => {
    const code = await bundle("export { validateRTCIceServer } from './dist/index.js'")
    expect(code).not.toMatch(/import|EventEmitter|fetch\(|setTimeout|class /)
  })
})

describe('slackOf', () => {
  it('returns the unused part of a budget and a negative number above it', () => {
    expect(slackOf(9_700, 10_000)).toBeCloseTo(0.03)
    expect(slackOf(11_000, 10_000)).toBeLessThan(0)
  })
})
