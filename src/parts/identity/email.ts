// Which e-mail addresses a user may have: what Keycloak's user profile takes.

/** Dot-separated words without the marks that would need quotes; letters of any script. */
const WORD = "[a-z0-9!#$%&'*+/=?^_`{|}~\\u0080-\\uffff-]+"
const LOCAL = new RegExp(`^${WORD}(\\.${WORD})*$`, 'i')
const LABEL = '[a-z\\u0080-\\uffff0-9](?:[a-z\\u0080-\\uffff0-9-]*[a-z\\u0080-\\uffff0-9])?'
const DOMAIN = new RegExp(`^${LABEL}(\\.${LABEL})*$`, 'i')

export function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@')
  const [local, domain] = [text.slice(0, at), text.slice(at + 1)]
  return at > 0 && local.length <= 64 && domain.length <= 255 && LOCAL.test(local) && DOMAIN.test(domain)
}
