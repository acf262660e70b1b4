/** The call of the Vue page, with the state of its provider. */
import type { IceConfiguration } from 'turnkeeper'
import { useIceServerProvider, useIceServers, useProviderState } from 'turnkeeper/vue'
import { computed, defineComponent, h, onMounted, onUnmounted, ref, shallowRef, watch } from 'vue'
import { createAnimation } from '../animation.js'
import { useCall } from './use-call.js'

const badge = (id: string, state: string) => h('span', { id, class: 'badge', 'data-state': state }, state)
const row = (term: string, id: string, content: ReturnType<typeof h> | string | number) =>
  h('div', [h('dt', term), h('dd', { id }, content)])

/** A relayed call that a provider keeps alive. */
export const Call = defineComponent(() => {
  const provider = useIceServerProvider('/api/ice-servers')
  const configuration = useIceServers(provider)
  const providerState = useProviderState(provider)
  const refreshCount = ref(0)
  const onUpdate = (_: IceConfiguration, previous: IceConfiguration | undefined) => {
    if (previous) refreshCount.value++
  }
  watch(provider, (current) => current?.on('update', onUpdate)) // a closed provider removes its listeners

  const isCalling = ref(true)
  const canvas = shallowRef<HTMLCanvasElement>()
  const animation = shallowRef<ReturnType<typeof createAnimation>>()
  onMounted(() => {
    if (canvas.value) animation.value = createAnimation(canvas.value)
  })
  onUnmounted(() => animation.value?.stop())
  const call = useCall(
    provider,
    computed(() => (isCalling.value ? animation.value?.stream : undefined)),
  )
  const expiry = computed(() =>
    configuration.value ? new Date(configuration.value.expiresAt).toLocaleTimeString() : '–',
  )

  return () =>
    h('section', { 'aria-labelledby': 'call-title' }, [
      h('div', { class: 'title' }, [
        h('h2', { id: 'call-title' }, 'Call'),
        badge('call-state', call.state.value),
      ]),
      h('div', { class: 'videos' }, [
        h('figure', [
          h('canvas', {
            ref: canvas,
            width: 480,
            height: 270,
            role: 'img',
            'aria-label': 'The video that is sent',
          }),
          h('figcaption', 'Sent'),
        ]),
        h('figure', [
          h('video', {
            srcObject: call.received.value ?? null,
            width: 480,
            height: 270,
            autoplay: true,
            muted: true,
            playsinline: true,
            'aria-label': 'The video that is received',
          }),
          h('figcaption', 'Received through the relay'),
        ]),
      ]),
      h('dl', [
        row('Provider', '', badge('provider-state', providerState.value)),
        row('Credentials expire at', 'expires-at', expiry.value),
        row('Refreshes', 'refreshes', refreshCount.value),
      ]),
      h('p', [
        h(
          'button',
          {
            id: 'call-button',
            type: 'button',
            onClick: () => {
              isCalling.value = !isCalling.value
            },
          },
          isCalling.value ? 'Hang up' : 'Call again',
        ),
      ]),
      h('p', { id: 'error', role: 'alert' }, call.error.value),
    ])
})
