// The demo's bank: customers, accounts and card transactions with a little fraud in patterns that a query can find.
import { type City, cities, farCities } from '#demo/places'
import { createRandom, type Random } from '#demo/random'

const SEED = 20261101
const FIRST_DAY = Date.UTC(2026, 3, 1)
const DAYS = 180
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

export interface Customer {
  readonly id: number
  readonly name: string
  readonly email: string
  readonly phone: string
  readonly birthDate: string
  readonly city: City
  readonly segment: string
}

export interface Account {
  readonly id: number
  readonly customer: Customer
  readonly iban: string
  readonly kind: string
  readonly opened: string
  /** Cents. */
  readonly balance: number
}

export interface Transaction {
  readonly account: Account
  readonly merchant: string
  readonly category: string
  readonly channel: 'pos' | 'online' | 'atm'
  /** Cents. */
  readonly amount: number
  /** Microseconds since 1970, UTC. */
  readonly at: bigint
  readonly city: City
  readonly latitude: number
  readonly longitude: number
  readonly fraud: boolean
}

export interface Bank {
  readonly customers: readonly Customer[]
  readonly accounts: readonly Account[]
  /** In order of time; their position is their id. */
  readonly transactions: readonly Transaction[]
}

const FIRST_NAMES = [
  'Alice',
  'Bruno',
  'Chloe',
  'David',
  'Elena',
  'Farid',
  'Greta',
  'Hugo',
  'Ines',
  'Jonas',
  'Karim',
  'Lea',
  'Marco',
  'Nadia',
  'Oscar',
  'Paula',
  'Quentin',
  'Rosa',
  'Samir',
  'Tessa',
  'Ulrich',
  'Vera',
  'Wim',
  'Yasmine',
  'Zoe',
] as const
const LAST_NAMES = [
  'Albert',
  'Bernard',
  'Costa',
  'Dubois',
  'Evans',
  'Fischer',
  'Garcia',
  'Hansen',
  'Ivanov',
  'Jansen',
  'Kowalski',
  'Lopez',
  'Martin',
  'Novak',
  'Oliveira',
  'Petit',
  'Ricci',
  'Santos',
  'Thomas',
  'Urban',
  'Weber',
  'Zimmer',
] as const
const SEGMENTS = ['retail', 'retail', 'retail', 'premium', 'student', 'business'] as const
const CATEGORIES: readonly {
  name: string
  channel: 'pos' | 'online'
  typical: number
  spread: number
  merchants: readonly string[]
  weight: number
}[] = [
  {
    name: 'groceries',
    channel: 'pos',
    typical: 3200,
    spread: 0.6,
    merchants: ['Marche Vert', 'FreshCo', 'Bio Coin', 'SuperDay'],
    weight: 30,
  },
  {
    name: 'restaurants',
    channel: 'pos',
    typical: 2600,
    spread: 0.6,
    merchants: ['Chez Anna', 'Trattoria Blu', 'Wok House', 'Cafe Mitte'],
    weight: 18,
  },
  { name: 'fuel', channel: 'pos', typical: 5500, spread: 0.3, merchants: ['PetroNord', 'Aire Sud'], weight: 8 },
  { name: 'transport', channel: 'pos', typical: 900, spread: 0.7, merchants: ['Metro', 'RailEurope', 'CityBike'], weight: 12 },
  { name: 'electronics', channel: 'online', typical: 14000, spread: 0.9, merchants: ['VoltShop', 'ByteMarket', 'GigaStore'], weight: 6 },
  { name: 'fashion', channel: 'online', typical: 5200, spread: 0.7, merchants: ['Maison K', 'StreetLine', 'Nord&Co'], weight: 9 },
  { name: 'games', channel: 'online', typical: 600, spread: 0.9, merchants: ['PlayBox', 'PixelPark'], weight: 7 },
  { name: 'subscriptions', channel: 'online', typical: 1200, spread: 0.4, merchants: ['StreamIt', 'NewsDaily', 'CloudBox'], weight: 6 },
]
const WEIGHTED = CATEGORIES.flatMap((c) => Array.from({ length: c.weight }, () => c))

/** Makes the bank; `scale` 1 is 5,000 customers, about 8,000 accounts and 100,000 transactions. */
export function createBank(scale: number): Bank {
  const random = createRandom(SEED)
  const customers = Array.from({ length: Math.round(5000 * scale) }, (_, i) => createCustomer(random, i + 1))
  const accounts = createAccounts(random, customers)
  const wanted = Math.round(100_000 * scale)
  const fraud = createFraud(random, accounts, Math.max(1, Math.round(40 * scale)))
  const decoys = createDecoys(random, accounts, Math.max(1, Math.round(25 * scale)))
  const ordinary = Array.from({ length: Math.max(0, wanted - fraud.length - decoys.length) }, () =>
    createOrdinary(random, random.pick(accounts)),
  )
  const transactions = [...ordinary, ...fraud, ...decoys].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.account.id - b.account.id))
  return { customers, accounts, transactions }
}

function createCustomer(random: Random, id: number): Customer {
  const first = random.pick(FIRST_NAMES)
  const last = random.pick(LAST_NAMES)
  return {
    id,
    name: `${first} ${last}`,
    email: `${first}.${last}.${id}@example.org`.toLowerCase(),
    phone: `+33${random.int(600000000, 799999999)}`,
    birthDate: isoDate(Date.UTC(1945, 0, 1) + random.int(0, 60 * 365) * DAY),
    city: random.pick(cities),
    segment: random.pick(SEGMENTS),
  }
}

function createAccounts(random: Random, customers: readonly Customer[]): Account[] {
  const accounts: Account[] = []
  for (const customer of customers) {
    const count = 1 + (random.chance(0.45) ? 1 : 0) + (random.chance(0.15) ? 1 : 0)
    for (let n = 0; n < count; n++) {
      const id = accounts.length + 1
      accounts.push({
        id,
        customer,
        iban: `${customer.city.country}${String(random.int(10, 99))}AKKO${String(id).padStart(12, '0')}`,
        kind: n === 0 ? 'checking' : random.pick(['savings', 'card'] as const),
        opened: isoDate(Date.UTC(2012, 0, 1) + random.int(0, 14 * 365) * DAY),
        balance: Math.round(Math.exp(7 + random.normal()) * 100),
      })
    }
  }
  return accounts
}

function createOrdinary(random: Random, account: Account): Transaction {
  const day = FIRST_DAY + random.int(0, DAYS - 1) * DAY
  if (random.chance(0.05)) {
    return at(random, account, day + random.int(7 * 60, 22 * 60) * MINUTE, {
      merchant: 'ATM',
      category: 'cash',
      channel: 'atm',
      amount: random.int(1, 15) * 2000,
      city: account.customer.city,
    })
  }
  const category = random.pick(WEIGHTED)
  const hour = Math.min(23, Math.max(6, Math.round(14 + random.normal() * 4)))
  const away = category.channel === 'pos' && random.chance(0.01)
  return at(random, account, day + hour * HOUR + random.int(0, 3599) * 1000, {
    merchant: random.pick(category.merchants),
    category: category.name,
    channel: category.channel,
    amount: Math.max(50, Math.round(category.typical * Math.exp(random.normal() * category.spread))),
    city: away ? random.pick(cities) : account.customer.city,
  })
}

/** Four ways to steal. The first three leave a trace in behaviour; the last does not and stays unfound. */
function createFraud(random: Random, accounts: readonly Account[], events: number): Transaction[] {
  return [
    ...Array.from({ length: events }, () => cardTesting(random, random.pick(accounts), true)),
    ...Array.from({ length: events }, () => impossibleTravel(random, random.pick(accounts))),
    ...Array.from({ length: Math.round(events / 2) }, () => cashDrain(random, random.pick(accounts))),
    ...Array.from({ length: Math.round(events / 2) }, () => [{ ...createOrdinary(random, random.pick(accounts)), fraud: true }]),
  ].flat()
}

/** Honest people who look a little like thieves. */
function createDecoys(random: Random, accounts: readonly Account[], events: number): Transaction[] {
  return [
    ...Array.from({ length: events }, () => cardTesting(random, random.pick(accounts), false)),
    ...Array.from({ length: Math.round(events / 5) }, () => cashDrain(random, random.pick(accounts)).map((t) => ({ ...t, fraud: false }))),
  ].flat()
}

/** A stolen number is tried with tiny online payments at many shops, then used for a large one. Honest: a player buys extras. */
function cardTesting(random: Random, account: Account, fraud: boolean): Transaction[] {
  let time = FIRST_DAY + random.int(0, DAYS - 1) * DAY + random.int(0, 23) * HOUR
  const tiny = Array.from({ length: random.int(5, 7) }, () => {
    time += random.int(20, 100) * 1000
    const merchant = fraud ? random.pick(CATEGORIES.flatMap((c) => c.merchants)) : 'PlayBox'
    return {
      ...at(random, account, time, {
        merchant,
        category: 'games',
        channel: 'online',
        amount: random.int(50, 190),
        city: account.customer.city,
      }),
      fraud,
    }
  })
  if (!fraud && random.chance(0.8)) return tiny
  time += random.int(60, 600) * 1000
  const large = at(random, account, time, {
    merchant: random.pick(['VoltShop', 'ByteMarket', 'GigaStore']),
    category: 'electronics',
    channel: 'online',
    amount: random.int(45_000, 180_000),
    city: account.customer.city,
  })
  return [...tiny, { ...large, fraud }]
}

/** The card is used at home, and two hours later on another continent. */
function impossibleTravel(random: Random, account: Account): Transaction[] {
  const time = FIRST_DAY + random.int(0, DAYS - 1) * DAY + random.int(9, 18) * HOUR
  const far = random.pick(farCities)
  const home = at(random, account, time, {
    merchant: 'SuperDay',
    category: 'groceries',
    channel: 'pos',
    amount: random.int(1500, 7000),
    city: account.customer.city,
  })
  const abroad = Array.from({ length: random.int(2, 3) }, (_, n) => ({
    ...at(random, account, time + (90 + 25 * n) * MINUTE, {
      merchant: 'Duty Free',
      category: 'luxury',
      channel: 'pos',
      amount: random.int(20_000, 90_000),
      city: far,
    }),
    fraud: true,
  }))
  return [home, ...abroad]
}

/** Cash machines, again and again, in the dead of night. */
function cashDrain(random: Random, account: Account): Transaction[] {
  let time = FIRST_DAY + random.int(0, DAYS - 1) * DAY + random.int(1, 3) * HOUR
  return Array.from({ length: random.int(4, 6) }, () => {
    time += random.int(3, 10) * MINUTE
    return {
      ...at(random, account, time, {
        merchant: 'ATM',
        category: 'cash',
        channel: 'atm',
        amount: random.pick([30_000, 40_000, 50_000] as const),
        city: account.customer.city,
      }),
      fraud: true,
    }
  })
}

function at(
  random: Random,
  account: Account,
  milliseconds: number,
  what: Pick<Transaction, 'merchant' | 'category' | 'channel' | 'amount' | 'city'>,
): Transaction {
  return {
    account,
    ...what,
    at: BigInt(milliseconds) * 1000n + BigInt(random.int(0, 999_999)),
    latitude: round6(what.city.latitude + random.normal() * 0.03),
    longitude: round6(what.city.longitude + random.normal() * 0.03),
    fraud: false,
  }
}

function round6(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6
}

function isoDate(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10)
}
