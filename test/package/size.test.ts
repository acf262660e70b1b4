import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { BUDGETS, bundle } from '../../bench/size.js'

describe('the build', () => {
  it.each(BUDGETS)('keeps its budget: $name', async ({ measure, budget }) => {
    expect(await measure()).toBeLessThanOrEqual(budget)
  })

  it.each([
    [BUDGETS[0], / ([\d.]+) kB of its own/],
    [BUDGETS[1], /`validateRTCIceServer` alone adds ([\d.]+) kB/],
    [BUDGETS[2], /server half has ([\d.]+) kB/],
    [BUDGETS[3], / ([\d.]+) kB \(minified, gzip\)/],
  ] as const)('weighs what the README says, by %#', async (part, pattern) => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')
    const kilobytes = Math.ceil(((await part?.measure()) ?? 0) / 100) / 10
    expect(pattern.exec(readme)?.[1]).toBe(kilobytes.toFixed(1))
  })

  it('has nothing of the server in what browsers load', async () => {
    const script = await readFile(new URL('../../dist/turnkeeper.umd.js', import.meta.url), 'utf8')
    const entry = await bundle("export * from './dist/index.js'", ['ky', 'eventemitter3'])
    for (const code of [script, entry]) expect(code).not.toMatch(/HMAC|turn_keys|TurnApiError|allowedOrigins/)
  })

  it('shakes off everything else, dependencies too, when only a function is imported', async () => {
    const code = await bundle("export { validateRTCIceServer } from './dist/index.js'")
    expect(code).not.toMatch(/import|EventEmitter|fetch\(|setTimeout|class /)
  })
})
