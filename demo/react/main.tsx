/** The entry of the React page. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { IceServerProvider } from 'turnkeeper'
import { Call } from './call.js'

const provider = new IceServerProvider('/api/ice-servers')

const root = document.getElementById('root')
if (!root) throw new Error('The page has no element #root')
createRoot(root).render(
  <StrictMode>
    <Call provider={provider} />
  </StrictMode>,
)
