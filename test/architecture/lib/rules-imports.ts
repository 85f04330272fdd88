import { HOST_ROOMS, INNER_DOORS, PACKAGES } from './floors.data.js';
import {
  floorOf,
  folderOf,
  importsOf,
  isHostFile,
  type Rule,
  resolveImport,
  roomOf,
  type Unit,
} from './source.js';

const forEachImport = (
  unit: Unit,
  look: (specifier: string, target: string | undefined) => string | undefined,
): string[] => {
  const offences: string[] = [];
  for (const { specifier, line } of importsOf(unit)) {
    const said = look(specifier, resolveImport(unit.path, specifier));
    if (said !== undefined) offences.push(`${unit.path}:${line}: ${said}`);
  }
  return offences;
};

/** A folder in `src` that no floor names. */
export const unknownRoom: Rule = (unit) =>
  roomOf(unit.path) === undefined
    ? [`${unit.path}: lies in no known room; add the room to FLOORS or move the file`]
    : [];

/** Imports go down a floor or beside, never up. */
export const upwardImport: Rule = (unit) => {
  const own = roomOf(unit.path);
  if (own === undefined) return [];
  return forEachImport(unit, (specifier, target) => {
    const room = target === undefined ? undefined : roomOf(target);
    if (room === undefined || floorOf(room) <= floorOf(own)) return undefined;
    return `imports ${specifier}: ${room || 'the root'} is on a higher floor than ${own}`;
  });
};

/** A room is entered by its `index.ts` only. */
export const deepImport: Rule = (unit) => {
  const own = roomOf(unit.path);
  return forEachImport(unit, (specifier, target) => {
    if (target === undefined || !target.startsWith('src/')) return undefined;
    const room = roomOf(target);
    if (room === own) return undefined;
    if (room === '') return `imports ${specifier}: the root file is for users, import the room`;
    const doors = [room, ...INNER_DOORS].map((door) => `src/${door}/index.ts`);
    return doors.includes(target) ? undefined : `imports ${specifier}: go through its index.js`;
  });
};

/** `src` stands alone: nothing from tests, scripts, examples, nor itself by package name. */
export const importLeavesSource: Rule = (unit) =>
  forEachImport(unit, (specifier, target) => {
    if (target !== undefined && !target.startsWith('src/'))
      return `imports ${specifier} outside src`;
    if (/^quantlaxmi(\/|$)/.test(specifier)) return `imports ${specifier}: use a relative path`;
    return undefined;
  });

/** `node:` modules and host rooms are for host files only. */
export const hostImport: Rule = (unit) => {
  if (isHostFile(unit.path)) return [];
  return forEachImport(unit, (specifier, target) => {
    if (specifier.startsWith('node:')) return `imports ${specifier} in a pure room`;
    if (target === undefined) return undefined;
    const room = roomOf(target) ?? '';
    if (HOST_ROOMS.includes(room) || isHostFile(target)) {
      return `imports ${specifier}: a pure file reaches the host through it`;
    }
    return undefined;
  });
};

/** Each package has the rooms that may use it; the rest stays free of it. */
export const packageImport: Rule = (unit) => {
  const folder = folderOf(unit.path) ?? '';
  return forEachImport(unit, (specifier, target) => {
    if (target !== undefined || specifier.startsWith('node:')) return undefined;
    if (/^quantlaxmi(\/|$)/.test(specifier)) return undefined;
    const parts = specifier.split('/');
    const name = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
    if (PACKAGES[name]?.(folder) === true) return undefined;
    return `imports package ${name}: not allowed in ${folder || 'the root'}`;
  });
};

/** Rooms that import each other, as `a → b → a`; each cycle is named once. */
export const cycles = (edges: ReadonlyMap<string, ReadonlySet<string>>): string[] => {
  const found = new Set<string>();
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): void => {
    const start = path.indexOf(node);
    if (start >= 0) {
      const loop = path.slice(start);
      const first = loop.indexOf([...loop].sort()[0] ?? '');
      const turned = [...loop.slice(first), ...loop.slice(0, first)];
      found.add([...turned, turned[0]].join(' → '));
      return;
    }
    if (done.has(node)) return;
    for (const next of edges.get(node) ?? []) visit(next, [...path, node]);
    done.add(node);
  };
  for (const node of edges.keys()) visit(node, []);
  return [...found].sort();
};

/** Which room imports which, types included. */
export const roomGraph = (units: readonly Unit[]): Map<string, Set<string>> => {
  const edges = new Map<string, Set<string>>();
  for (const unit of units) {
    const own = roomOf(unit.path);
    if (own === undefined || own === '') continue;
    const set = edges.get(own) ?? new Set<string>();
    edges.set(own, set);
    for (const { specifier } of importsOf(unit)) {
      const target = resolveImport(unit.path, specifier);
      const room = target === undefined ? undefined : roomOf(target);
      if (room !== undefined && room !== '' && room !== own) set.add(room);
    }
  }
  return edges;
};

/** Which file imports which at run time. */
export const fileGraph = (
  units: readonly Unit[],
  options: { readonly types: boolean },
): Map<string, Set<string>> => {
  const edges = new Map<string, Set<string>>();
  for (const unit of units) {
    const set = new Set<string>();
    edges.set(unit.path, set);
    for (const { specifier, typeOnly } of importsOf(unit)) {
      const target = resolveImport(unit.path, specifier);
      if (target !== undefined && (options.types || !typeOnly)) set.add(target);
    }
  }
  return edges;
};

/** Files that no entry reaches by imports. */
export const unreachable = (units: readonly Unit[], entries: readonly string[]): string[] => {
  const edges = fileGraph(units, { types: true });
  const seen = new Set<string>();
  const queue = [...entries];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    queue.push(...(edges.get(path) ?? []));
  }
  return units
    .map((unit) => unit.path)
    .filter((path) => !seen.has(path) && !path.endsWith('.d.ts'));
};
