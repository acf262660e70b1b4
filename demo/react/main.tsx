/** The entry of the React page. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Call } from './call.js'

const root = document.getElementById('root')
if (!root) throw new Error('The page has no element #root')
createRoot(root).render(
  <StrictMode>
    <Call endpoint="/api/ice-servers" />
  </StrictMode>,
)
