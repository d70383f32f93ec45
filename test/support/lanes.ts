// Tests that the configuration of Vitest and `due.ts` both name.

/** Foreign servers before parts of ours, without a platform: they run beside those that ask one. */
export const JUDGES = ['keycloak-real', 'cockpit-pod', 'catalog-kit'].map((name) => `test/strangers/${name}.test.ts`)
