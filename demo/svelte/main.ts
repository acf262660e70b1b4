/** The entry of the Svelte page. */
import { mount } from 'svelte'
import Call from './call.svelte'

const target = document.getElementById('root')
if (!target) throw new Error('The page has no element #root')
mount(Call, { target })
