import type { PlannedStep } from './build-steps.ts'
import { quoted } from './shell.ts'

/**
 * A program for the pinned Node: runs the installation scripts of packages, as their own installation would have done. One
 * that fails is said, and left to the build to fail by: what it asked for in vain is in the record of the network.
 */
const program = `
const fs = require("fs"), path = require("path"), { spawnSync } = require("child_process")
for (const name of process.argv.slice(1)) {
  const cwd = fs.realpathSync(path.join("node_modules", name))
  const { version, scripts = {} } = JSON.parse(fs.readFileSync(path.join(cwd, "package.json"), "utf8"))
  const bins = [path.join(cwd, "node_modules", ".bin"), path.resolve("node_modules", ".bin")]
  for (const event of ["preinstall", "install", "postinstall"]) {
    if (!scripts[event]) continue
    console.log("> " + name + "@" + version + " " + event + ": " + scripts[event])
    const env = Object.assign({}, process.env, { INIT_CWD: process.cwd(), npm_lifecycle_event: event, npm_package_name: name, npm_package_version: version })
    env.PATH = [...bins, process.env.PATH].join(":")
    const { status } = spawnSync("/bin/sh", ["-c", scripts[event]], { cwd, env, stdio: "inherit" })
    if (status !== 0) console.log(name + "@" + version + ": " + event + " ended with " + status)
  }
}`

/**
 * Runs the installation scripts of packages that are at the top of `node_modules`, when everything is installed: a step of
 * its own, so that an attempt takes the rest as an earlier one has left it.
 */
export function scriptsStep(names: readonly string[], cwd: string): PlannedStep {
  const run = [`node -e '${program.trim()}' --`, ...names.map(quoted)].join(' ')
  const says = `The build leads to ${names.join(', ')}, and failed without the installation scripts; what these fetch is recorded with its digest.`
  return { run, cwd, from: 'an earlier attempt', says }
}
