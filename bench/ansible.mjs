/**
 * The steps of one link as a playbook of Ansible, for the bench of one link.
 *
 * In: a folder of its own, how the hosts are reached, the commands of each. Out: the words that run it, or nothing where there is no ansible-playbook.
 * As fast as Ansible goes: pipelining, no facts gathered, Python named, both hosts at once, connections shared between tasks.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @param steps - By host: its commands, its boot file and what is in it, and whom it pings at the end. */
export function ansibleRun(folder, { key, ports }, steps) {
  const found = spawnSync('which', ['ansible-playbook'], { encoding: 'utf8' });
  if (found.status !== 0) return undefined;
  const names = Object.keys(steps);
  const ssh = ['-F none', '-o ControlMaster=auto', '-o ControlPersist=1s', '-o StrictHostKeyChecking=no', '-o UserKnownHostsFile=/dev/null'];
  const host = (name) =>
    `${name} ansible_host=127.0.0.1 ansible_port=${ports[name]} ansible_user=root ansible_ssh_private_key_file=${key} ansible_python_interpreter=/usr/bin/python3`;
  writeFileSync(join(folder, 'hosts.ini'), `${names.map(host).join('\n')}\n`);
  const [first] = names;
  const tasks = steps[first].commands.map((_, i) => ({ 'ansible.builtin.command': { cmd: `{{ steps[inventory_hostname].commands[${i}] }}` } }));
  const file = { content: '{{ steps[inventory_hostname].content }}', dest: '{{ steps[inventory_hostname].file }}' };
  const play = { hosts: 'all', gather_facts: false, vars: { steps }, tasks: [...tasks, { 'ansible.builtin.copy': file }] };
  const ping = { hosts: first, gather_facts: false, tasks: [{ 'ansible.builtin.command': { cmd: `ping -n -c 1 -W 2 ${steps[first].pings}` } }] };
  // JSON is YAML.
  writeFileSync(join(folder, 'link.yml'), JSON.stringify([play, ping]));
  writeFileSync(
    join(folder, 'ansible.cfg'),
    `[defaults]\nlocal_tmp = ${folder}/ansible\nremote_tmp = /var/lib/ansible-bench\nretry_files_enabled = False\nhost_key_checking = False\n
[ssh_connection]\npipelining = True\ncontrol_path_dir = ${folder}/cp\nssh_args = ${ssh.join(' ')}\n`,
  );
  return ['env', `ANSIBLE_CONFIG=${join(folder, 'ansible.cfg')}`, found.stdout.trim(), '-i', join(folder, 'hosts.ini'), join(folder, 'link.yml')];
}
