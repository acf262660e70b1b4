/** simple-peer's own bundle for browsers, which needs no stand-ins for Node's modules. */
declare module 'simple-peer/simplepeer.min.js' {
  import SimplePeer from 'simple-peer'

  export default SimplePeer
}
