/** kldstat, kldload and kldunload by release (os-facts.md 1, 2.2). */
import type { CommandResult } from '../system.js';
import { fail, ok } from './result.js';
import { destroyGre, filterLoaded, greLoaded, type LoadedModule, loadFilter, loadGre, type Machine, moduleFile } from './state.js';

function listing(m: Machine, modules: readonly LoadedModule[]): string {
  const wide = m.release.machine === 'amd64';
  const recent = m.release.major >= 12;
  const heading = wide
    ? recent
      ? 'Id Refs Address                Size Name'
      : 'Id Refs Address            Size     Name'
    : 'Id Refs Address    Size     Name';
  const rows = modules.map((x) => {
    const size = recent ? x.size.padStart(8) : x.size.padEnd(8);
    return `${String(x.id).padStart(2)} ${String(x.file === 'kernel' ? m.modules.length : 1).padStart(4)} ${x.address} ${size} ${x.file}`;
  });
  return `${heading}\n${rows.join('\n')}\n`;
}

export function kldstat(words: readonly string[], m: Machine): CommandResult {
  let quiet = false;
  let file: string | undefined;
  let module: string | undefined;
  for (let i = 1; i < words.length; i++) {
    for (const letter of (words[i] ?? '').slice(1)) {
      if (letter === 'n') file = words[++i] ?? '';
      else if (letter === 'v' || letter === 'h') continue;
      else if (m.release.kldstatQuiet && letter === 'q') quiet = true;
      else if (m.release.kldstatQuiet && letter === 'm') module = words[++i] ?? '';
      else return fail(1, `kldstat: illegal option -- ${letter}\nusage: kldstat [-v] [-i id] [-n filename]\n`);
    }
  }
  if (module !== undefined) {
    if (module === 'if_gre' && greLoaded(m)) return ok(quiet ? '' : 'Id  Refs Name\n312    1 if_gre\n');
    if (module === 'ipfw_pmod' && m.ipfw.setsMss) return ok(quiet ? '' : 'Id  Refs Name\n318    1 ipfw_pmod\n');
    return fail(1, quiet ? '' : `kldstat: can't find module ${module}: No such file or directory\n`);
  }
  if (file === undefined) return ok(listing(m, m.modules));
  const found = m.modules.find((x) => x.file === file || x.file === `${file}.ko`);
  if (found === undefined) return fail(1, quiet ? '' : `kldstat: can't find file ${file}: No such file or directory\n`);
  return ok(quiet ? '' : listing(m, [found]));
}

export function kldload(words: readonly string[], m: Machine): CommandResult {
  const flags = words.slice(1).filter((w) => w.startsWith('-'));
  const names = words.slice(1).filter((w) => !w.startsWith('-'));
  if (names.length === 0) return fail(64, 'usage: kldload [-nqv] file ...\n');
  let err = '';
  let out = '';
  for (const name of names) {
    const result = loadOne(name, m, flags.includes('-n') && m.release.major >= 7);
    if (result !== undefined) err += `kldload: can't load ${name}: ${result}\n`;
    else if (flags.includes('-v')) out += `Loaded ${name}, id=${m.nextModule - 1}\n`;
  }
  return { exit: err === '' ? 0 : 1, stdout: out, stderr: err };
}

const FILTERS = ['pf', 'ipfw', 'ipfw_pmod'] as const;

/** Undefined when it is loaded now, else the words of the error. */
function loadOne(name: string, m: Machine, quietIfThere: boolean): string | undefined {
  const isPath = name.includes('/');
  const filter = FILTERS.find((f) => name === f || name === `${f}.ko`);
  if (filter !== undefined) {
    if (filterLoaded(m, filter)) return quietIfThere ? undefined : m.release.kldloadExists;
    return loadFilter(m, filter) ? undefined : 'No such file or directory';
  }
  if (/^(.*\/)?if_gre(\.ko)?$/.test(name) === false)
    return isPath && m.files.read(name) !== undefined ? 'Exec format error' : 'No such file or directory';
  const file = isPath ? name : moduleFile(m);
  if (greLoaded(m)) return quietIfThere ? undefined : m.release.kldloadExists;
  return loadGre(m, file) ? undefined : 'No such file or directory';
}

export function kldunload(words: readonly string[], m: Machine): CommandResult {
  const name = words.slice(1).findLast((w) => !w.startsWith('-')) ?? '';
  const found = m.modules.find((x) => x.file !== 'kernel' && (x.file === name || x.file === `${name}.ko`));
  if (found === undefined) return fail(1, `kldunload: can't find file ${name}: No such file or directory\n`);
  m.modules = m.modules.filter((x) => x !== found);
  if (found.file === 'pf.ko') m.pf.reset();
  if (found.file === 'ipfw.ko') m.ipfw.reset();
  if (found.file !== 'if_gre.ko') return ok();
  for (const unit of [...m.gre.keys()]) destroyGre(m, unit);
  for (const oid of ['net.inet.ip.gre_default_mtu', 'net.inet.ip.grettl']) m.sysctls.delete(oid);
  return ok();
}
