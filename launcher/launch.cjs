// Launcher: finds or installs the pinned Node 24 and the locked dependencies, then runs the command line on it.
// Plain old JavaScript on purpose: it must start on whatever Node the machine has, to say what is missing.
'use strict'
var childProcess = require('child_process')
var crypto = require('crypto')
var fs = require('fs')
var os = require('os')
var path = require('path')

var WANTED = 24
var root = path.dirname(fs.realpathSync(__dirname))
var major = Number(process.versions.node.split('.')[0])

function fail(message, hint) {
  process.stderr.write('akko: ' + message + '\n' + (hint ? '  ' + hint + '\n' : ''))
  process.exit(1)
}

if (major < 18) {
  fail('Node ' + process.versions.node + ' is too old to begin with', 'install Node 20 or newer and npm; the platform itself runs on Node ' + WANTED + ', which it brings along')
}
if (process.platform !== 'linux') fail('only Linux (glibc) is supported, this is ' + process.platform)

function npmCli() {
  var candidates = [path.resolve(path.dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js')]
  String(process.env.PATH || '').split(':').forEach(function (dir) {
    var npm = path.join(dir, 'npm')
    try {
      candidates.push(fs.realpathSync(npm))
    } catch (_) {}
  })
  for (var i = 0; i < candidates.length; i++) {
    if (/\.js$/.test(candidates[i]) && fs.existsSync(candidates[i])) return candidates[i]
  }
  fail('npm was not found', 'install npm beside Node; it is needed once, to install from the lock file')
}

function sha(files) {
  var hash = crypto.createHash('sha256')
  files.forEach(function (file) {
    hash.update(fs.readFileSync(file))
  })
  return hash.digest('hex').slice(0, 16)
}

function installed(folder, key) {
  try {
    return fs.readFileSync(path.join(folder, 'node_modules', '.akko-lock'), 'utf8') === key
  } catch (_) {
    return false
  }
}

/** Who has the turn: the id of its process, or '' while that is being written. */
function holder(turn) {
  try {
    return fs.readFileSync(turn, 'utf8')
  } catch (_) {
    return ''
  }
}

function isAlive(pid) {
  try {
    process.kill(Number(pid), 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** An installation that was killed leaves its turn behind. Taken aside first: another may have taken it over meanwhile. */
function dropDead(turn) {
  var aside = turn + '.' + process.pid
  try {
    var held = holder(turn)
    if (held ? isAlive(held) : Date.now() - fs.statSync(turn).mtimeMs < 5000) return
    fs.renameSync(turn, aside)
    if (holder(aside) !== held) fs.linkSync(aside, turn)
    fs.rmSync(aside, { recursive: true })
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error
  }
}

/** Installs a folder from its lock, unless that very lock is installed; two launchers at once take turns. */
function install(folder, node, key, what) {
  if (installed(folder, key)) return
  var turn = path.join(folder, '.akko-install')
  var waited = 0
  for (;;) {
    try {
      fs.writeFileSync(turn, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') fail('cannot write to ' + folder + ': ' + error.message, 'the folder of the clone must be writable for the first run')
      if (installed(folder, key)) return
      dropDead(turn)
      if (waited === 1000) process.stderr.write('akko: waiting for another installation in ' + folder + '\n')
      if ((waited += 200) > 600000) fail('another installation holds ' + turn, 'remove it if no installation is running')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
    }
  }
  process.on('exit', function () {
    if (holder(turn) === String(process.pid)) fs.unlinkSync(turn)
  })
  process.stderr.write('akko: installing ' + what + ' ...\n')
  var started = Date.now()
  var run = childProcess.spawnSync(node, [npmCli(), 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: Object.assign({}, process.env, { PATH: path.dirname(node) + ':' + process.env.PATH }),
  })
  if (run.status !== 0) fail('installing ' + what + ' failed', 'npm needs its registry for the first run; try again, or see the message above')
  fs.writeFileSync(path.join(folder, 'node_modules', '.akko-lock'), key)
  fs.unlinkSync(turn)
  process.stderr.write('akko: installed ' + what + ' in ' + ((Date.now() - started) / 1000).toFixed(1) + ' s\n')
}

function findNode() {
  if (major >= WANTED) return process.execPath
  var folder = path.join(root, 'launcher')
  install(folder, process.execPath, sha([path.join(folder, 'package-lock.json')]), 'Node ' + WANTED)
  var node = path.join(folder, 'node_modules', 'node-linux-' + process.arch, 'bin', 'node')
  if (!fs.existsSync(node)) fail('there is no Node ' + WANTED + ' package for linux-' + process.arch, 'put a Node ' + WANTED + ' on the PATH')
  return node
}

var node = findNode()
install(root, node, sha([path.join(root, 'package-lock.json')]) + '-' + process.arch, 'dependencies')

/** Where Node keeps compiled code between starts; it halves the time to load. Private, since what lies there is run. */
function compileCache() {
  var base = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache')
  var folder = path.join(base, 'akko', 'compile')
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
    var stat = fs.statSync(folder)
    return stat.uid === process.getuid() && (stat.mode & 0o077) === 0 ? folder : undefined
  } catch (_) {
    return undefined
  }
}

/** The platform is on this machine: no proxy knows it, whatever stands in the environment. */
function noProxy() {
  var own = 'localhost,.localhost,127.0.0.1,::1'
  var named = process.env.no_proxy || process.env.NO_PROXY
  var all = named ? named + ',' + own : own
  return { no_proxy: all, NO_PROXY: all }
}

var cache = process.env.NODE_COMPILE_CACHE || compileCache()
var args = process.argv.slice(2)
var script = args[0] === 'run' ? args.slice(1) : [path.join(root, 'src', 'cli', 'main.ts')].concat(args)
var child = childProcess.spawn(node, ['--disable-warning=ExperimentalWarning', '--max-http-header-size=32768'].concat(script), {
  stdio: 'inherit',
  env: Object.assign({}, process.env, noProxy(), { PATH: path.dirname(node) + ':' + process.env.PATH }, cache ? { NODE_COMPILE_CACHE: cache } : {}),
})
;['SIGINT', 'SIGTERM', 'SIGHUP'].forEach(function (signal) {
  process.on(signal, function () {
    if (signal !== 'SIGINT') child.kill(signal)
  })
})
child.on('exit', function (code, signal) {
  if (signal) {
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  } else process.exit(code)
})
