// SQL for the engine is built from fragments only: whoever writes it by hand, casts a text to it or quotes by himself fails here, by name.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { type ESTree, parseSync } from 'vite'
import { describe, expect, it } from 'vitest'
import { isTestFile, sourcesBelow } from '#test/support/syntax'

const ROOT = resolve(import.meta.dirname, '../..')
const MODULE = '#wire/duckdb/sql'
/** The one file whose templates are read from text: a table of functions, which is a tagged template itself. */
const TABLES = 'src/parts/sql/dialect/functions/signature.ts'

type Node = ESTree.Node & Record<string, unknown>

function walk(node: unknown, visit: (node: Node, parent: Node | undefined) => void, parent?: Node): void {
  if (Array.isArray(node)) for (const item of node) walk(item, visit, parent)
  else if (node !== null && typeof node === 'object' && typeof (node as Node).type === 'string') {
    visit(node as Node, parent)
    for (const value of Object.values(node)) walk(value, visit, node as Node)
  }
}

/** Spells what is no SQL of the engine. */
const SPELLERS: Readonly<Record<string, string>> = {
  'src/wire/trino/names.ts': "Trino's SQL, for those who send or show it",
  'src/wire/csv.ts': 'CSV',
}

/** What a file does that no file but those of wire/duckdb may do. */
function findings(file: string, text: string): string[] {
  const program = parseSync(file, text).program as unknown as Node
  const found: string[] = []
  const tags = new Set<string>()
  const say = (what: string, { start }: Node) => found.push(`${file}:${text.slice(0, start).split('\n').length} ${what}`)
  walk(program, (node) => {
    if (node.type !== 'ImportDeclaration') return
    const { source, specifiers } = node as unknown as {
      source: { value: string }
      specifiers: { imported?: { name: string }; local: { name: string } }[]
    }
    if (source.value === '#wire/duckdb/testing') say('takes SQL that a test wrote', node)
    if (source.value === '#wire/duckdb/quote' && !file.startsWith('src/parts/engine/')) say('quotes text by itself', node)
    for (const { imported, local } of source.value === MODULE || source.value.endsWith('/signature.ts') ? specifiers : []) {
      if (imported?.name === 'parseTemplate' && file !== TABLES) say('reads a template from a text', node)
      if (imported?.name === 'sql' || imported?.name === 'signatures') tags.add(local.name)
      if (imported === undefined) say('imports the module whole', node)
    }
  })
  walk(program, (node, parent) => {
    if (node.type === 'Identifier' && tags.has(node.name as string) && parent) {
      const declared = /^(ImportSpecifier|Property|MemberExpression|TSPropertySignature|PropertyDefinition)$/.test(parent.type)
      const tag = parent.type === 'TaggedTemplateExpression' && parent.tag === node
      if (!tag && !declared) say(`${node.name} is no tag here`, node)
    }
    if (node.type === 'TSAsExpression') {
      const to = text.slice((node.typeAnnotation as Node).start, (node.typeAnnotation as Node).end)
      const from = node.expression as Node
      if (to === 'Printed' || to === 'TemplateStringsArray') say(`casts to ${to}`, node)
      if (to === 'Sql' && from.type === 'TSAsExpression') say('casts a text to SQL', node)
    }
    if (node.type === 'CallExpression' && /^replace(All)?$/.test(((node.callee as Node).property as Node | undefined)?.name as string)) {
      const [search, by] = node.arguments as Node[]
      if (
        by?.type === 'Literal' &&
        ["''", '""'].includes(by.value as string) &&
        search?.type === 'Literal' &&
        (search.value as string).length === 1
      )
        say('doubles quotes by hand', node)
    }
  })
  return found
}

describe('SQL of the engine', () => {
  const rooms = [...readdirSync(join(ROOT, 'src')).map((room) => join('src', room)), 'cockpit', 'scripts']

  it.each(rooms)('is made of fragments in every file of %s', (room) => {
    const files = sourcesBelow(join(ROOT, room))
      .filter((path) => !isTestFile(path))
      .map((path) => relative(ROOT, path))
    expect(files.length).toBeGreaterThan(0)
    const others = files.filter((file) => !file.startsWith('src/wire/duckdb/') && !Object.hasOwn(SPELLERS, file))
    expect(others.flatMap((file) => findings(file, readFileSync(join(ROOT, file), 'utf8')))).toEqual([])
  })

  it.each([
    [`import { sql } from '#wire/duckdb/sql'\nconst x = sql(['SELECT 1'] as any)`, 'sql is no tag here'],
    [`import { sql as s } from '#wire/duckdb/sql'\nconst x = s`, 's is no tag here'],
    [`import * as duck from '#wire/duckdb/sql'`, 'imports the module whole'],
    [`import { parseTemplate } from '#wire/duckdb/sql'`, 'reads a template from a text'],
    [`import { testSql } from '#wire/duckdb/testing'`, 'takes SQL that a test wrote'],
    [`const x = 'SELECT 1' as Printed`, 'casts to Printed'],
    [`const x = 'SELECT 1' as unknown as Sql`, 'casts a text to SQL'],
    [`const quoted = "'" + x.replaceAll("'", "''") + "'"`, 'doubles quotes by hand'],
  ])('is found when it is not: %s', (text, what) => {
    expect(findings('src/parts/sql/x.ts', text).map((f) => f.replace(/^\S+ /, ''))).toContain(what)
  })
})
