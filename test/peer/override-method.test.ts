import { describe, expect, it } from 'vitest'
import { overrideMethod } from '../../src/peer/override-method.js'

class Phone {
  calls: string[] = []
  call(name: string) {
    this.calls.push(name)
    return this.calls.length
  }
}

/** Overrides `call`, and marks the names that pass through the override. */
const override = (phone: Phone, mark = '!') =>
  overrideMethod(phone, 'call', (previous) => (name) => previous(`${name}${mark}`))

describe('overrideMethod', () => {
  it('overrides a method of one object, which the previous one is still bound to', () => {
    const [phone, another] = [new Phone(), new Phone()]
    override(phone)
    expect(phone.call('a')).toBe(1)
    another.call('a')
    expect([phone.calls, another.calls]).toEqual([['a!'], ['a']])
  })

  it('restores a method of the prototype, so that the object has none of its own', () => {
    const phone = new Phone()
    override(phone)()
    expect(Object.hasOwn(phone, 'call')).toBe(false)
    phone.call('a')
    expect(phone.calls).toEqual(['a'])
  })

  it('restores a method of the object itself', () => {
    const phone = new Phone()
    const own = () => 0
    phone.call = own
    override(phone)()
    expect(phone.call).toBe(own)
  })

  it('keeps a method with which other code has overridden its own in the meantime', () => {
    const phone = new Phone()
    const restoreFirst = override(phone, '1')
    override(phone, '2')
    const latest = phone.call
    restoreFirst()
    expect(phone.call).toBe(latest)
    phone.call('a')
    expect(phone.calls).toEqual(['a21'])
  })

  it('restores overrides in the reverse order', () => {
    const phone = new Phone()
    const restoreFirst = override(phone, '1')
    const restoreSecond = override(phone, '2')
    restoreSecond()
    restoreFirst()
    expect(phone.call).toBe(Phone.prototype.call)
  })
})
