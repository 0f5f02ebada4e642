/**
 * An Ansible inventory as it was written, before anything is decided: groups with their hosts, children and variables.
 */

/** A value of a variable. What is no single plain value is told by its kind. */
export type AnsibleValue = { readonly text: string } | { readonly odd: 'vault' | 'template' | 'structure' };

export type AnsibleVars = Map<string, AnsibleValue>;

export interface AnsibleGroup {
  readonly name: string;
  readonly vars: AnsibleVars;
  readonly children: Set<string>;
  readonly hosts: Set<string>;
}

export class AnsibleInventory {
  readonly groups = new Map<string, AnsibleGroup>();
  /** Variables that stand at a host itself, in the order of the hosts. */
  readonly hosts = new Map<string, AnsibleVars>();

  group(name: string): AnsibleGroup {
    const found = this.groups.get(name) ?? { name, vars: new Map(), children: new Set(), hosts: new Set() };
    this.groups.set(name, found);
    return found;
  }

  host(name: string): AnsibleVars {
    const found = this.hosts.get(name) ?? new Map<string, AnsibleValue>();
    this.hosts.set(name, found);
    return found;
  }
}

/** Jinja is evaluated by Ansible alone, and what it would give is not known here. */
export const ansibleValue = (text: string): AnsibleValue => (/\{\{|\{%/.test(text) ? { odd: 'template' } : { text });
