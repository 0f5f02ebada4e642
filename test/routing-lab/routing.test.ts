/**
 * OSPF over tunnels on real kernels with real daemons: FRR and FRR, FRR and BIRD, a router between the outer addresses. One lab, tests in order: each begins
 * where the one before it ended.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeLab } from '../lab/lab.js';
import { BEHIND_H2, INNER, RoutingRig } from './rig.js';

const FULL = ['Full', 'Full', 'Full', 'Full'];
const MINUTES = 60_000;

describeLab('OSPF over GRE between real daemons', () => {
  let rig: RoutingRig;

  beforeAll(async () => {
    rig = await RoutingRig.start();
  }, 12 * MINUTES);
  afterAll(() => rig?.lab.stop(), 3 * MINUTES);

  it.each(['frr-frr', 'frr-bird'])('link %s makes the tunnel and its adjacency and waits until it is Full', {
    timeout: 10 * MINUTES,
  }, async (link) => {
    const ran = await rig.provision('link', link, '--yes');
    expect([ran.exit, ran.exit === 0 ? '' : ran.stderr + ran.stdout]).toEqual([0, '']);
  });

  it('both ends of both links say Full, and the plan is empty', { timeout: 4 * MINUTES }, async () => {
    expect(await rig.full()).toEqual(FULL);
    const plan = await rig.provision('plan');
    expect([plan.exit, plan.exit === 0 ? '' : plan.stderr + plan.stdout]).toEqual([0, '']);
  });

  it('routes are exchanged: a host that is two tunnels away is reached both ways', { timeout: 3 * MINUTES }, async () => {
    const routes = (host: 'h2' | 'h3'): Promise<string> => rig.must(host, 'ip route');
    await expect.poll(() => routes('h3'), { timeout: MINUTES }).toMatch(new RegExp(`^${BEHIND_H2} via ${INNER.h1h3} dev gre1 proto bird`, 'm'));
    await expect
      .poll(() => routes('h2'), { timeout: MINUTES })
      .toMatch(new RegExp(`^10\\.1\\.12\\.40/30 .*via ${INNER.h1h2} dev gre1 proto ospf`, 'm'));
    await rig.must('h3', `ping -n -c 3 -W 2 ${BEHIND_H2}`);
    await rig.must('h2', `ping -n -c 3 -W 2 -I ${BEHIND_H2} ${INNER.h3}`);
  });

  it.each(['h1', 'h2', 'h3'] as const)('after a reboot of %s everything is Full again without us', { timeout: 8 * MINUTES }, async (host) => {
    await rig.reboot(host);
    expect(await rig.full()).toEqual(FULL);
    await expect.poll(async () => (await rig.ssh('h3', `ping -n -c 1 -W 2 ${BEHIND_H2}`)).exit, { timeout: MINUTES }).toBe(0);
    expect((await rig.provision('verify')).exit).toBe(0);
  });

  it('with a copied TTL at one end, the other end never hears it', { timeout: 4 * MINUTES }, async () => {
    await rig.must('h1', 'ip link set gre1 type gre local 192.0.2.1 remote 192.0.2.2 ttl inherit');
    const broken = await rig.await(([h1 = '', h2 = '']) => h1 !== 'Full' && h2 !== 'Full');
    expect(broken).toEqual(['Init', '', 'Full', 'Full']);
    expect((await rig.provision('verify', 'frr-frr')).exit).toBe(2);
    await rig.must('h1', 'ip link set gre1 type gre local 192.0.2.1 remote 192.0.2.2 ttl 64');
    expect(await rig.full()).toEqual(FULL);
  });

  it('with MTU 1400 against 1476, FRR and FRR stick before Full: ExStart where the MTU is smaller', { timeout: 4 * MINUTES }, async () => {
    await rig.must('h2', 'ip link set gre1 mtu 1400');
    const broken = await rig.await(([h1 = '', h2 = '']) => h1 === 'Exchange' && h2 === 'ExStart');
    expect(broken).toEqual(['Exchange', 'ExStart', 'Full', 'Full']);
    expect((await rig.provision('verify', 'frr-frr')).exit).toBe(2);
    await rig.must('h2', 'ip link set gre1 mtu 1476');
    expect(await rig.full()).toEqual(FULL);
  });

  it('absent: true takes OSPF off a link, its tunnel and the other neighbour stay, and OSPF comes back when it is wanted again', {
    timeout: 8 * MINUTES,
  }, async () => {
    rig.wantBird(false);
    const ran = await rig.provision('link', 'frr-bird', '--yes');
    expect([ran.exit, ran.exit === 0 ? '' : ran.stderr + ran.stdout]).toEqual([0, '']);
    expect(await rig.states()).toEqual(['Full', 'Full', '', '']);
    await rig.must('h3', `ping -n -c 3 -W 2 ${INNER.h1h3}`);
    expect(await rig.must('h3', 'ls /etc/bird; grep -c provision /etc/bird/bird.conf || true')).toBe('bird.conf\nenvvars\n0\n');
    expect(await rig.must('h1', 'vtysh -c "show running-config"; cat /etc/frr/frr.conf')).not.toMatch(/gre2/);
    expect((await rig.provision('plan')).exit).toBe(0);
    rig.wantBird(true);
    expect((await rig.provision('link', 'frr-bird', '--yes')).exit).toBe(0);
    expect(await rig.full()).toEqual(FULL);
  });

  it('unlink takes routing and tunnel away, and the other link stays Full', { timeout: 5 * MINUTES }, async () => {
    const ran = await rig.provision('unlink', 'frr-bird', '--yes');
    expect([ran.exit, ran.exit === 0 ? '' : ran.stderr + ran.stdout]).toEqual([0, '']);
    expect(await rig.states()).toEqual(['Full', 'Full', '', '']);
    expect(await rig.must('h3', 'ls /etc/bird; grep -c provision /etc/bird/bird.conf || true')).toBe('bird.conf\nenvvars\n0\n');
  });
});
