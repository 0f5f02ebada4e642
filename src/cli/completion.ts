/**
 * Completion scripts for shells, made from the parser itself.
 *
 * In: the commander program. Out: a script for bash, zsh or fish. Names of links, hosts and runs come from `provision completion --names links` when the person presses
 * Tab, so that they are those at hand. Names are taken only if they need no quoting (the inventory allows no others).
 */
import type { Command } from 'commander';

export type Shell = 'bash' | 'zsh' | 'fish';
export const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish'];

interface Words {
  /** `link`, `twin up` … */
  readonly commands: readonly string[];
  readonly options: readonly string[];
  /** First words whose arguments are links or hosts. */
  readonly takesLinks: readonly string[];
  readonly takesHosts: readonly string[];
  readonly takesRuns: readonly string[];
}

function leaves(program: Command): readonly Command[] {
  return program.commands.flatMap((c) => (c.commands.length === 0 ? [c] : leaves(c)));
}

function wordsOf(program: Command): Words {
  const commands = leaves(program);
  const options = [program, ...commands].flatMap((c) => c.options.map((o) => o.long ?? '')).filter((o) => o !== '');
  const taking = (kind: string): string[] => commands.filter((c) => c.registeredArguments.some((a) => a.name() === kind)).map((c) => c.name());
  const groups = program.commands.filter((c) => c.commands.length > 0).flatMap((g) => g.commands.map((c) => `${g.name()} ${c.name()}`));
  const top = program.commands.filter((c) => c.commands.length === 0).map((c) => c.name());
  return {
    commands: [...top, ...groups],
    options: [...new Set([...options, '--help', '--version'])].sort(),
    takesLinks: taking('link'),
    takesHosts: taking('host'),
    takesRuns: taking('run'),
  };
}

const tops = (w: Words): string => [...new Set(w.commands.map((c) => c.split(' ')[0] ?? ''))].join(' ');
const second = (w: Words, first: string): string =>
  w.commands
    .filter((c) => c.startsWith(`${first} `))
    .map((c) => c.slice(first.length + 1))
    .join(' ');

const cases = (names: readonly string[]): string => names.join('|');

function bash(w: Words): string {
  return `# provision: completion for bash. Use: source <(provision completion bash)
_provision() {
  local cur first words
  cur=\${COMP_WORDS[COMP_CWORD]}
  first=\${COMP_WORDS[1]}
  case $cur in
    -*) words='${w.options.join(' ')}' ;;
    *)
      if [ "$COMP_CWORD" -eq 1 ]; then words='${tops(w)}'
      else
        case $first in
          ${cases(w.takesLinks)}) words=$(provision completion --names links 2>/dev/null) ;;
          ${cases(w.takesHosts)}) words=$(provision completion --names hosts 2>/dev/null) ;;
          ${cases(w.takesRuns)}) words=$(provision completion --names runs 2>/dev/null) ;;
          twin) words='${second(w, 'twin')}' ;;
          import) words='${second(w, 'import')}' ;;
          schema) words='inventory playbook' ;;
          completion) words='${SHELLS.join(' ')}' ;;
        esac
      fi ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _provision provision
`;
}

function zsh(w: Words): string {
  return `#compdef provision
# provision: completion for zsh. Use: source <(provision completion zsh)
_provision() {
  local -a words_
  if [[ $PREFIX == -* ]]; then words_=(${w.options.join(' ')})
  elif (( CURRENT == 2 )); then words_=(${tops(w)})
  else
    case $words[2] in
      ${cases(w.takesLinks)}) words_=(\${(f)"$(provision completion --names links 2>/dev/null)"}) ;;
      ${cases(w.takesHosts)}) words_=(\${(f)"$(provision completion --names hosts 2>/dev/null)"}) ;;
      ${cases(w.takesRuns)}) words_=(\${(f)"$(provision completion --names runs 2>/dev/null)"}) ;;
      twin) words_=(${second(w, 'twin')}) ;;
      import) words_=(${second(w, 'import')}) ;;
      schema) words_=(inventory playbook) ;;
      completion) words_=(${SHELLS.join(' ')}) ;;
    esac
  fi
  compadd -a words_
}
compdef _provision provision
`;
}

function fish(w: Words): string {
  const seen = (names: readonly string[]): string => `__fish_seen_subcommand_from ${names.join(' ')}`;
  return `# provision: completion for fish. Use: provision completion fish | source
complete -c provision -f
complete -c provision -n __fish_use_subcommand -a '${tops(w)}'
complete -c provision -n '${seen(w.takesLinks)}' -a '(provision completion --names links 2>/dev/null)'
complete -c provision -n '${seen(w.takesHosts)}' -a '(provision completion --names hosts 2>/dev/null)'
complete -c provision -n '${seen(w.takesRuns)}' -a '(provision completion --names runs 2>/dev/null)'
complete -c provision -n '${seen(['twin'])}' -a '${second(w, 'twin')}'
complete -c provision -n '${seen(['import'])}' -a '${second(w, 'import')}'
complete -c provision -n '${seen(['schema'])}' -a 'inventory playbook'
complete -c provision -n '${seen(['completion'])}' -a '${SHELLS.join(' ')}'
${w.options.map((o) => `complete -c provision -l ${o.slice(2)}`).join('\n')}
`;
}

export function completionScript(shell: Shell, program: Command): string {
  const words = wordsOf(program);
  if (shell === 'bash') return bash(words);
  return shell === 'zsh' ? zsh(words) : fish(words);
}
