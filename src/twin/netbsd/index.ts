/** The NetBSD family: which releases there are, and how a host of one is made. */
import type { SystemFamily } from '../system.js';
import { KINDS, releaseOf } from './releases.js';
import { NetBsd } from './system.js';

export const family: SystemFamily = {
  kinds: KINDS,
  make: (spec, stack, files) => {
    const release = releaseOf(spec.system);
    return release === undefined ? undefined : new NetBsd(spec, release, stack, files);
  },
};
