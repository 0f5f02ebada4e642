import { describe, expect, it } from 'vitest';
import { firstState } from '../../../src/address/state.js';
import { isAsWanted, metricsText, type Standing, standingDocument, standingLines } from '../../../src/address/status.js';
import { isClean } from '../../../src/errors/clean.js';
import { CONFIG, FIRST, NAT } from './world.js';

const at = Date.UTC(2026, 10, 25, 12);
const first = firstState('mostly-wlan', FIRST);
const wanted: Standing = {
  config: CONFIG,
  state: { ...first, seq: 4, told: { address: FIRST, seq: 4, at, confirmed: true }, changedAt: at, succeededAt: at, changes: 3, failures: 1 },
};
const waiting: Standing = {
  config: CONFIG,
  state: {
    ...first,
    local: '198.51.100.7',
    boot: '198.51.100.7',
    seq: 5,
    told: { address: FIRST, seq: 4, at, confirmed: true },
    pending: { address: '198.51.100.7', seq: 5, since: at, changed: true },
    nextAt: at + 45_000,
    error: { at, text: 'mostly does not answer. \u001b[31mno answer' },
    changes: 4,
    failures: 9,
  },
};

describe('status', () => {
  it('says in one line that all is as wanted', () => {
    expect(standingLines(wanted)[0]).toBe(
      'ok    mostly-wlan  wlan uses 217.154.12.2; mostly uses 217.154.12.2, confirmed, told 2026-11-25 12:00:00 UTC',
    );
    expect(isAsWanted(wanted)).toBe(true);
  });

  it('shows what is pending, the last error and when it is tried again', () => {
    expect(standingLines(waiting)).toEqual([
      'wait  mostly-wlan  wlan uses 198.51.100.7; mostly uses 217.154.12.2, confirmed, told 2026-11-25 12:00:00 UTC (before the present wish)',
      '      pending       198.51.100.7, request 5, since 2026-11-25 12:00:00 UTC',
      '      last change   none yet',
      '      last success  none yet',
      '      last error    2026-11-25 12:00:00 UTC: mostly does not answer. \\e[31mno answer',
      '      next try      2026-11-25 12:00:45 UTC',
    ]);
    for (const line of standingLines(waiting)) expect(isClean(line)).toBe(true);
  });

  it('shows an updater that has never run', () => {
    const never: Standing = { config: CONFIG, state: undefined };
    expect(standingLines(never)[0]).toBe('wait  mostly-wlan  wlan uses 217.154.12.2; mostly has been told nothing so far');
    expect(standingDocument(never)).toMatchObject({ asWanted: false, told: null, pending: null, seq: 0 });
  });

  it('takes an answered ping for enough behind a gateway', () => {
    expect(isAsWanted({ config: NAT, state: { ...first, local: '192.168.1.5', succeededAt: at } })).toBe(true);
  });

  it('is not content with boot files that could not be written', () => {
    expect(
      isAsWanted({ config: CONFIG, state: { ...first, told: { address: FIRST, seq: 4, at, confirmed: true }, error: { at, text: 'disk full' } } }),
    ).toBe(false);
  });

  it('gives programs the same with times in ISO 8601 and null for what is not known', () => {
    expect(standingDocument(waiting)).toMatchObject({
      link: 'mostly-wlan',
      asWanted: false,
      local: '198.51.100.7',
      told: { address: FIRST, seq: 4, at: '2026-11-25T12:00:00.000Z', confirmed: true, seen: null },
      pending: { address: '198.51.100.7', seq: 5, since: '2026-11-25T12:00:00.000Z' },
      changedAt: null,
      nextAt: '2026-11-25T12:00:45.000Z',
      failures: 9,
    });
  });
});

describe('metrics', () => {
  it('has one sample for each link and what is known of it', () => {
    const other: Standing = { config: { ...CONFIG, link: 'other' }, state: undefined };
    expect(metricsText([wanted, other])).toBe(`# HELP provision_updater_up The updater of this link runs.
# TYPE provision_updater_up gauge
provision_updater_up{link="mostly-wlan"} 1
provision_updater_up{link="other"} 1
# HELP provision_updater_last_change_seconds When an address was last changed, in seconds since 1970.
# TYPE provision_updater_last_change_seconds gauge
provision_updater_last_change_seconds{link="mostly-wlan"} 1795608000
# HELP provision_updater_last_success_seconds When the other end was last known to be right, in seconds since 1970.
# TYPE provision_updater_last_success_seconds gauge
provision_updater_last_success_seconds{link="mostly-wlan"} 1795608000
# HELP provision_updater_changes_total Changes of the outer address.
# TYPE provision_updater_changes_total counter
provision_updater_changes_total{link="mostly-wlan"} 3
provision_updater_changes_total{link="other"} 0
# HELP provision_updater_failures_total Attempts that failed.
# TYPE provision_updater_failures_total counter
provision_updater_failures_total{link="mostly-wlan"} 1
provision_updater_failures_total{link="other"} 0
# HELP provision_updater_pending The other end has not acknowledged the present wish.
# TYPE provision_updater_pending gauge
provision_updater_pending{link="mostly-wlan"} 0
provision_updater_pending{link="other"} 1
`);
  });

  it('escapes what a label must not hold', () => {
    expect(metricsText([{ config: { ...CONFIG, link: 'a"b\\c\nd' }, state: undefined }])).toContain(
      'provision_updater_up{link="a\\"b\\\\c\\nd"} 1\n',
    );
  });

  it('counts a wish that is not acknowledged as pending', () => {
    expect(metricsText([waiting])).toContain('provision_updater_pending{link="mostly-wlan"} 1\n');
  });
});
