// What is shown of a query, one view at a time; the address names it.
export const VIEWS = ['results', 'chart', 'plan', 'statistics', 'history'] as const
export type View = (typeof VIEWS)[number]
