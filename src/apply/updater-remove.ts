/** Takes the updater of a link away from its two hosts. Pure. In: what stands there. Out: steps; what is not there has none. */
import type { Step } from '../model/plan.js';
import { askedHost, type UpdaterEnds } from './updater-ends.js';
import { keyBlock, meetingPaths, pathsOf, worksWith } from './updater-files.js';
import { contextOf, homeOf, type Looks, type UpdaterPlan, valuesOf, type Wish } from './updater-install.js';
import type { UpdaterLook } from './updater-look.js';
import { fileStep, playbookFiles, serviceCommands } from './updater-plan.js';

/** What stands on the host that is asked, beside the key. At a meeting point the other end's files stay as long as its script is there. */
function farFiles(ends: UpdaterEnds, { files }: UpdaterLook): readonly string[] {
  const { dynamic, fixed, via } = ends;
  if (via === undefined) {
    const far = pathsOf(homeOf(fixed));
    return [far.receiver, far.address, ...worksWith(far.home)];
  }
  const own = meetingPaths(via.keep, dynamic.host, fixed.host);
  const other = meetingPaths(via.keep, fixed.host, dynamic.host);
  return [own.script, ...own.more, ...(files.has(other.script) ? [] : [own.at, own.otherAt])];
}

/** Takes away the key first: from then on nobody can ask any more. */
export function planUninstall(ends: UpdaterEnds, looks: Looks, wish: Wish): UpdaterPlan {
  const { dynamic, link, via } = ends;
  const asked = askedHost(ends);
  const away = (look: UpdaterLook, names: readonly string[]): Step[] =>
    names.flatMap((path, i) => fileStep(look, { id: `away${i}`, title: 'Taken away', path }, null));
  const near = pathsOf(homeOf(dynamic));
  const book = dynamic.input.playbook.updater;
  const values = valuesOf(dynamic, ends, wish);
  const started = (book?.service ?? []).flatMap((service) => {
    const files = playbookFiles(looks.dynamic, service.files, values, contextOf(dynamic), false);
    return files.length === 0 ? [] : [...serviceCommands(service, 'stop', values), ...files];
  });
  const keys = {
    id: 'keys',
    title: 'The key is no longer good',
    path: looks.fixed.authorizedKeys ?? '',
    block: keyBlock(link.name, via === undefined ? undefined : dynamic.host),
  };
  return {
    link: link.name,
    goal: 'uninstall',
    dynamic: {
      host: dynamic.host,
      first: [],
      last: [
        ...started,
        ...playbookFiles(looks.dynamic, book?.cron ?? [], values, contextOf(dynamic), false),
        ...away(looks.dynamic, [near.updater, near.config, near.hosts, near.key, near.publicKey, ...worksWith(near.home)]),
      ],
    },
    fixed: {
      host: asked.host,
      role: via === undefined ? 'the fixed end' : 'the meeting point',
      account: asked.target.user,
      steps: [...fileStep(looks.fixed, keys, null), ...away(looks.fixed, farFiles(ends, looks.fixed))],
    },
  };
}
