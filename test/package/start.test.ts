/** `npm start`, as a visitor of the repository runs it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, it } from 'vitest'

const ROOT = new URL('../..', import.meta.url)
const started: ChildProcess[] = []

/** Runs `npm start` in its own process group, like a terminal, and resolves when it has printed its address. */
async function start() {
  const child = spawn('npm', ['start'], { cwd: ROOT, detached: true, env: { ...process.env, NO_COLOR: '1' } })
  started.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const exited = once(child, 'exit')
  for (;;) {
    const url = /Local:\s+(http\S+)/.exec(output)?.[1]
    if (url)
      return { url, exited, output: () => output, interrupt: () => process.kill(-(child.pid ?? 0), 'SIGINT') }
    if (child.exitCode !== null) throw new Error(output)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

afterEach(() => {
  for (const child of started.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid ?? 0), 'SIGKILL')
  }
})

it('npm start serves the demo, uses the next port if one is busy, and exits on Ctrl-C', async () => {
  const first = await start()
  const second = await start()
  expect(second.url).not.toBe(first.url)
  for (const { url } of [first, second]) {
    expect(await (await fetch(url)).text()).toContain('<h1>turnkeeper, a library')
    const { iceServers, ttl } = await (await fetch(new URL('/api/ice-servers', url))).json()
    expect([11, 12, 13]).toContain(ttl)
    expect(iceServers[0].urls[0]).toMatch(/^turn:127\.0\.0\.1:\d+\?transport=udp$/)
  }
  for (const { interrupt, exited, output } of [first, second]) {
    interrupt()
    await exited
    expect(output()).not.toMatch(/error|at .*\.js:\d/i)
  }
})
