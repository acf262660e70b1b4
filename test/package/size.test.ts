import { describe, expect, it } from 'vitest'
import { BUDGETS, bundle } from '../../bench/size.js'

describe('the build', () => {
  it.each(BUDGETS)('keeps its budget: $name', async ({ measure, budget }) => {
    expect(await measure()).toBeLessThanOrEqual(budget)
  })

  it('shakes off everything else, dependencies too, when only a function is imported', async () => {
    const code = await bundle("export { validateRTCIceServer } from './dist/index.js'")
    expect(code).not.toMatch(/import|EventEmitter|fetch\(|setTimeout|class /)
  })
})
