/**
 * What the bundle has otherwise in ssh2 than the package has.
 *
 * in: the sources of ssh2, as rolldown loads them
 * out: no agents for Node's http over SSH: no one asks for them here, and they would load all of http and https at each start. The WebAssembly of Poly1305 is made when a
 * connection first uses ChaCha20-Poly1305, and not at each start: its 16 MiB made V8 look through the whole heap in the middle of each run (docs/performance.md)
 * why here: ssh2 has no option for either. A build fails where a place to change is not found, so that an update of ssh2 is noticed; test/unit/ssh/late-poly1305.test.ts
 * connects with a copy of ssh2 that is changed in the same way.
 */
const READY = `function readyPoly1305() {
  if (poly1305_auth !== undefined) return;
  POLY1305_WASM_MODULE = { atOnce: true };
  require('./crypto/poly1305.js')(POLY1305_WASM_MODULE);
  POLY1305_RESULT_MALLOC = POLY1305_WASM_MODULE._malloc(16);
  poly1305_auth = POLY1305_WASM_MODULE.cwrap('poly1305_auth', null, ['number', 'array', 'number', 'array', 'number', 'array']);
}
`;

/** By the end of the file's name: what is found once, and what stands in its place. */
const CHANGES = {
  'ssh2/lib/protocol/crypto.js': [
    [/\n {2}init: \(\(\) => \{\n[\s\S]*?\n {2}\}\)\(\),\n/, '\n  init: Promise.resolve(),\n'],
    [/let poly1305_auth;\n/, (found) => `${found}${READY}`],
    [/class ChaChaPolyCipherNative \{\n {2}constructor\(config\) \{\n/, (found) => `${found}    readyPoly1305();\n`],
    [/class ChaChaPolyDecipherNative \{\n {2}constructor\(config\) \{\n/, (found) => `${found}    readyPoly1305();\n`],
  ],
  // a: takes what was made; pa: the bytes, which stand in the file; e: what is imported.
  'ssh2/lib/protocol/crypto/poly1305.js': [
    [/if\(b\.instantiateWasm\)try\{/, (found) => `if(b.atOnce){a(new WebAssembly.Instance(new WebAssembly.Module(pa()),e));return{}}${found}`],
  ],
};

/** @param id - Path of a source. @returns Its text for the bundle, or nothing where that is as it was. @throws where a place is not found exactly once. */
export function changed(id, text) {
  const [, changes] = Object.entries(CHANGES).find(([end]) => id.replaceAll('\\', '/').endsWith(`/${end}`)) ?? [];
  return changes?.reduce((all, [place, instead]) => {
    const found = all.match(new RegExp(place.source, `${place.flags}g`))?.length ?? 0;
    if (found !== 1) throw new Error(`${id}: ${place} is there ${found} times: look at scripts/ssh2-parts.mjs`);
    return all.replace(place, instead);
  }, text);
}

/** For rolldown. */
export const ssh2Parts = {
  name: 'ssh2-parts',
  load: (id) => (/\/ssh2\/lib\/http-agents\.js$/.test(id) ? 'module.exports = {};' : null),
  transform: (text, id) => changed(id, text) ?? null,
};
