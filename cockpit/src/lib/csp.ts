// The nonce that the server put into the page, for the two libraries that must add a style element.

export const cspNonce: string = (() => {
  const content = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''
  return content.startsWith('__') ? '' : content
})()

// Radix's scroll lock asks get-nonce, which reads this global.
if (cspNonce) Object.assign(globalThis, { __webpack_nonce__: cspNonce })
