/** The browser bundle of simple-peer, which does not need polyfills for the modules of Node. */
declare module 'simple-peer/simplepeer.min.js' {
  import SimplePeer from 'simple-peer'

  export default SimplePeer
}
