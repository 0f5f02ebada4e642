/**
 * Which bench: `npm run bench` for one link, `npm run bench -- inventory` for large inventories.
 *
 * In: the name of a bench and its arguments; anything else belongs to the bench of one link, as ever.
 */
const [name] = process.argv.slice(2);
if (name === 'inventory' || name === 'link') process.argv.splice(2, 1);
await import(name === 'inventory' ? './inventory.mjs' : './link.mjs');
