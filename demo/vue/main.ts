/** The entry of the Vue page. */
import { createApp } from 'vue'
import { Call } from './call.js'

createApp(Call).mount('#root')
