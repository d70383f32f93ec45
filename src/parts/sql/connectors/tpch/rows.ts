// The rows of each table, in order, as lines of fields: the row's number, then the columns. Specification 4.2.3; money in cents until it is written.
import { LETTERS_PER_ROW, letters, PHONE_PER_ROW, phone, Stream, sequence } from '#parts/sql/connectors/tpch/random'
import type { TpchTable } from '#parts/sql/connectors/tpch/tables'
import { Comments } from '#parts/sql/connectors/tpch/text'
import {
  COLORS,
  CONTAINERS,
  INSTRUCTIONS,
  NATIONS,
  PART_TYPES,
  PRIORITIES,
  REGIONS,
  RETURN_FLAGS,
  SEGMENTS,
  SHIP_MODES,
} from '#parts/sql/connectors/tpch/words'

/** Between fields: no text has it. */
export const DELIMITER = '|'

interface Source {
  readonly pool: Buffer
  readonly scale: number
}

/** Lines of the table, several in a text where they belong together, each with its end. */
export function rowsOf(table: TpchTable, source: Source): Iterable<string> {
  return ROWS[table](source)
}

const ROWS: Readonly<Record<TpchTable, (source: Source) => Iterable<string>>> = {
  region: ({ pool }) => fixed(pool, 1500869201, (i) => [i, REGIONS[i]], REGIONS.length),
  nation: ({ pool }) => fixed(pool, 606179079, (i) => [i, ...(NATIONS[i] ?? [])], NATIONS.length),
  supplier: suppliers,
  customer: customers,
  part: parts,
  partsupp: partSuppliers,
  orders,
  lineitem: lineItems,
}

const ROUND = { supplier: 10_000, part: 200_000, customer: 150_000, orders: 1_500_000, clerk: 1000 }
/** Rows of the table: so many at scale 1. */
const counted = (round: number, scale: number): number => Math.trunc(round * scale)

const line = (...fields: readonly unknown[]): string => `${fields.join(DELIMITER)}\n`
const numbered = (what: string, key: number): string => `${what}#${String(key).padStart(9, '0')}`
const ended = (...streams: readonly { endRow(): void }[]): void => {
  for (const stream of streams) stream.endRow()
}

function decimal(cents: number): string {
  const whole = Math.abs(cents)
  return `${cents < 0 ? '-' : ''}${Math.trunc(whole / 100)}.${whole % 100 < 10 ? '0' : ''}${whole % 100}`
}

function* fixed(pool: Buffer, seed: number, fields: (i: number) => readonly unknown[], count: number): Generator<string> {
  const comments = new Comments(pool, seed, 72)
  for (let i = 0; i < count; i++) {
    yield line(i, ...fields(i), comments.next())
    comments.endRow()
  }
}

const BALANCE = [-99_999, 999_999] as const

/** Of every 10,000 some ten comments tell of customers. */
const TOLD_PER_ROUND = 10
const WHO = 'Customer '
const SAID = ['Complaints', 'Recommends'] as const

function* suppliers({ pool, scale }: Source): Generator<string> {
  const addresses = new Stream(706178559, LETTERS_PER_ROW)
  const nations = new Stream(110356601)
  const phones = new Stream(884434366, PHONE_PER_ROW)
  const balances = new Stream(962338209)
  const comments = new Comments(pool, 1341315363, 63)
  const told = new Stream(202794285)
  const gaps = new Stream(263032577)
  const places = new Stream(715851524)
  const kinds = new Stream(753643799)
  const comment = () => {
    const text = comments.next()
    if (told.between(1, ROUND.supplier) > TOLD_PER_ROUND) return text
    const room = text.length - WHO.length - SAID[0].length
    const gap = gaps.between(0, room)
    const place = places.between(0, room - gap)
    const said = SAID[kinds.between(0, 100) < 50 ? 0 : 1]
    const second = place + WHO.length + gap
    return `${text.slice(0, place)}${WHO}${text.slice(place + WHO.length, second)}${said}${text.slice(second + said.length)}`
  }
  const count = counted(ROUND.supplier, scale)
  for (let key = 1; key <= count; key++) {
    const address = letters(addresses, 25)
    const nation = nations.between(0, NATIONS.length - 1)
    const number = phone(phones, nation)
    yield line(key, key, numbered('Supplier', key), address, nation, number, decimal(balances.between(...BALANCE)), comment())
    ended(addresses, nations, phones, balances, comments, told, gaps, places, kinds)
  }
}

function* customers({ pool, scale }: Source): Generator<string> {
  const addresses = new Stream(881155353, LETTERS_PER_ROW)
  const nations = new Stream(1489529863)
  const phones = new Stream(1521138112, PHONE_PER_ROW)
  const balances = new Stream(298370230)
  const segments = new Stream(1140279430)
  const comments = new Comments(pool, 1335826707, 73)
  const count = counted(ROUND.customer, scale)
  for (let key = 1; key <= count; key++) {
    const address = letters(addresses, 25)
    const nation = nations.between(0, NATIONS.length - 1)
    const number = phone(phones, nation)
    const balance = decimal(balances.between(...BALANCE))
    yield line(key, key, numbered('Customer', key), address, nation, number, balance, segments.of(SEGMENTS), comments.next())
    ended(addresses, nations, phones, balances, segments, comments)
  }
}

/** In cents. */
const priceOf = (part: number): number => 90_000 + (Math.trunc(part / 10) % 20_001) + (part % 1000) * 100

const SUPPLIERS_PER_PART = 4

/** The supplier at this place, 0 to 3, of a part. */
function supplierOf(part: number, place: number, scale: number): number {
  const count = counted(ROUND.supplier, scale)
  return ((part + place * (Math.trunc(count / SUPPLIERS_PER_PART) + Math.trunc((part - 1) / count))) % count) + 1
}

function* parts({ pool, scale }: Source): Generator<string> {
  const names = new Stream(709314158, COLORS.values.length)
  const makers = new Stream(1)
  const brands = new Stream(46831694)
  const types = new Stream(1841581359)
  const sizes = new Stream(1193163244)
  const containers = new Stream(727633698)
  const comments = new Comments(pool, 804159733, 14)
  const count = counted(ROUND.part, scale)
  for (let key = 1; key <= count; key++) {
    const name = sequence(names, COLORS, 5)
    const maker = makers.between(1, 5)
    const brand = `Brand#${maker * 10 + brands.between(1, 5)}`
    const type = types.of(PART_TYPES)
    const size = sizes.between(1, 50)
    const container = containers.of(CONTAINERS)
    yield line(key, key, name, `Manufacturer#${maker}`, brand, type, size, container, decimal(priceOf(key)), comments.next())
    ended(names, makers, brands, types, sizes, containers, comments)
  }
}

function* partSuppliers({ pool, scale }: Source): Generator<string> {
  const quantities = new Stream(1671059989, SUPPLIERS_PER_PART)
  const costs = new Stream(1051288424, SUPPLIERS_PER_PART)
  const comments = new Comments(pool, 1961692154, 124, SUPPLIERS_PER_PART)
  const count = counted(ROUND.part, scale)
  for (let part = 1; part <= count; part++) {
    for (let place = 0; place < SUPPLIERS_PER_PART; place++) {
      const quantity = quantities.between(1, 9999)
      const cost = decimal(costs.between(100, 100_000))
      yield line(part, part, supplierOf(part, place, scale), quantity, cost, comments.next())
    }
    ended(quantities, costs, comments)
  }
}

const DAY_MS = 86_400_000
const FIRST_DAY = Date.UTC(1992, 0, 1)
const DAYS = 2557
/** Days since the first: those of seven years. */
const DATES = Array.from({ length: DAYS }, (_, i) => new Date(FIRST_DAY + i * DAY_MS).toISOString().slice(0, 10))
/** The day of the data: what is not after it has happened. */
const TODAY = DATES.indexOf('1995-06-17')

const MOST_LINES = 7
const SHIPS_WITHIN = 121
const ARRIVES_WITHIN = 30
const LAST_ORDER = DAYS - (SHIPS_WITHIN + ARRIVES_WITHIN) - 1

/** What an order and its lines have in common: both count from the same streams. */
class Orders {
  readonly #dates = new Stream(1066728069)
  readonly #lines = new Stream(1434868289)
  readonly #quantities = new Stream(209208115, MOST_LINES)
  readonly #discounts = new Stream(554590007, MOST_LINES)
  readonly #taxes = new Stream(721958466, MOST_LINES)
  readonly #parts = new Stream(1808217256, MOST_LINES)
  readonly #ships = new Stream(1769349045, MOST_LINES)
  readonly #lastPart: number

  constructor(scale: number) {
    this.#lastPart = counted(ROUND.part, scale)
  }

  /** Every fourth group of eight numbers is used. */
  static keyOf(number: number): number {
    return Math.trunc(number / 8) * 32 + (number % 8)
  }

  next(): { readonly date: number; readonly lines: number } {
    return { date: this.#dates.between(0, LAST_ORDER), lines: this.#lines.between(1, MOST_LINES) }
  }

  line(date: number) {
    const quantity = this.#quantities.between(1, 50)
    const discount = this.#discounts.between(0, 10)
    const tax = this.#taxes.between(0, 8)
    const part = this.#parts.between(1, this.#lastPart)
    const ship = date + this.#ships.between(1, SHIPS_WITHIN)
    return { quantity, discount, tax, part, ship, price: priceOf(part) * quantity }
  }

  endRow(): void {
    ended(this.#dates, this.#lines, this.#quantities, this.#discounts, this.#taxes, this.#parts, this.#ships)
  }
}

/** A third of the customers never orders. */
const NEVER = 3

function* orders({ pool, scale }: Source): Generator<string> {
  const lines = new Orders(scale)
  const customer = new Stream(851767375)
  const priorities = new Stream(591449447)
  const clerks = new Stream(1171034773)
  const comments = new Comments(pool, 276090261, 49)
  const lastCustomer = counted(ROUND.customer, scale)
  const lastClerk = Math.max(counted(ROUND.clerk, scale), ROUND.clerk)
  const whose = () => {
    let key = customer.between(1, lastCustomer)
    for (let step = 1; key % NEVER === 0; step = -step) key = Math.min(key + step, lastCustomer)
    return key
  }
  const count = counted(ROUND.orders, scale)
  for (let number = 1; number <= count; number++) {
    const { date, lines: of } = lines.next()
    let total = 0
    let shipped = 0
    for (let i = 0; i < of; i++) {
      const { price, discount, tax, ship } = lines.line(date)
      total += Math.trunc((Math.trunc((price * (100 - discount)) / 100) * (100 + tax)) / 100)
      if (ship <= TODAY) shipped++
    }
    const status = shipped === of ? 'F' : shipped > 0 ? 'P' : 'O'
    const priority = priorities.of(PRIORITIES)
    const clerk = numbered('Clerk', clerks.between(1, lastClerk))
    yield line(number, Orders.keyOf(number), whose(), status, decimal(total), DATES[date], priority, clerk, 0, comments.next())
    ended(lines, customer, priorities, clerks, comments)
  }
}

/** All lines of an order in one text. */
function* lineItems({ pool, scale }: Source): Generator<string> {
  const lines = new Orders(scale)
  const suppliers = new Stream(2095021727, MOST_LINES)
  const commits = new Stream(904914315, MOST_LINES)
  const arrivals = new Stream(373135028, MOST_LINES)
  const flags = new Stream(717419739, MOST_LINES)
  const instructions = new Stream(1371272478, MOST_LINES)
  const modes = new Stream(675466456, MOST_LINES)
  const comments = new Comments(pool, 1095462486, 27, MOST_LINES)
  const count = counted(ROUND.orders, scale)
  for (let number = 1; number <= count; number++) {
    const key = Orders.keyOf(number)
    const { date, lines: of } = lines.next()
    let text = ''
    for (let i = 1; i <= of; i++) {
      const { quantity, discount, tax, part, ship, price } = lines.line(date)
      const supplier = supplierOf(part, suppliers.between(0, SUPPLIERS_PER_PART - 1), scale)
      const commit = DATES[date + commits.between(30, 90)]
      const arrival = ship + arrivals.between(1, ARRIVES_WITHIN)
      const flag = arrival <= TODAY ? flags.of(RETURN_FLAGS) : 'N'
      const status = ship <= TODAY ? 'F' : 'O'
      const numbers = `${number}|${key}|${part}|${supplier}|${i}|${quantity}|${decimal(price)}|${decimal(discount)}|${decimal(tax)}`
      const how = `${instructions.of(INSTRUCTIONS)}|${modes.of(SHIP_MODES)}|${comments.next()}`
      text += `${numbers}|${flag}|${status}|${DATES[ship]}|${commit}|${DATES[arrival]}|${how}\n`
    }
    yield text
    ended(lines, suppliers, commits, arrivals, flags, instructions, modes, comments)
  }
}
