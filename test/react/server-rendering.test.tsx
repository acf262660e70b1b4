import { renderToString as renderReact } from 'react-dom/server'
import { render as renderSvelte } from 'svelte/server'
import { readable } from 'svelte/store'
import type { IceServerProvider } from 'turnkeeper'
import { useIceServers as useInReact } from 'turnkeeper/react'
import { useIceServers as useInVue } from 'turnkeeper/vue'
import { expect, it } from 'vitest'
import { createSSRApp, defineComponent, h } from 'vue'
import { renderToString as renderVue } from 'vue/server-renderer'
import { createFollowedProvider } from '../support/followed-provider.js'
import { SERVED_BY_SVELTE } from '../svelte/fixtures/served.js'
import InSvelte from '../svelte/fixtures/username.svelte'
import InSvelteByStore from '../svelte/fixtures/username-by-store.svelte'

const text = (configuration: unknown) => (configuration ? 'some' : 'none')

function InReact({ provider }: { provider: IceServerProvider }) {
  return <p>{text(useInReact(provider))}</p>
}

const inVue = (provider: IceServerProvider) =>
  createSSRApp(
    defineComponent(() => {
      const configuration = useInVue(provider)
      return () => h('p', text(configuration.value))
    }),
  )

type Render = (provider: IceServerProvider) => string | Promise<string>

it.each<[string, string, Render]>([
  ['React', '<p>none</p>', (provider) => renderReact(<InReact provider={provider} />)],
  ['Vue', '<p>none</p>', (provider) => renderVue(inVue(provider))],
  [
    'Svelte',
    SERVED_BY_SVELTE,
    (provider) => renderSvelte(InSvelte, { props: { providers: readable(provider) } }).body,
  ],
  [
    'Svelte with a store',
    SERVED_BY_SVELTE,
    (provider) => renderSvelte(InSvelteByStore, { props: { providers: readable(provider) } }).body,
  ],
])('%s renders no credentials on the server and requests none', async (_, html, render) => {
  const { provider, subscribed, endpoint } = createFollowedProvider()
  expect(await render(provider)).toBe(html)
  expect(subscribed).not.toHaveBeenCalled()
  expect(endpoint).not.toHaveBeenCalled()
  await provider.getIceServers()
  expect(await render(provider)).toBe(html)
})
