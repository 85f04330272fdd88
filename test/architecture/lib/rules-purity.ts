import ts from 'typescript';
import {
  BANNED_GLOBALS,
  EXACT_MATH,
  LOCALE_METHODS,
  NO_FLOAT_ROOMS,
  NUMBER_CHECKS,
} from './floors.data.js';
import { at, isHostFile, type Rule, roomOf, type Unit, walk } from './source.js';

/** Identifiers that stand for a value in an expression, not for a key, a member or a type. */
const valueNames = (unit: Unit, look: (id: ts.Identifier) => void): void => {
  walk(unit.ast, (node) => {
    if (!ts.isIdentifier(node)) return;
    const { parent } = node;
    if (ts.isPropertyAccessExpression(parent) && parent.name === node) return;
    if (ts.isPropertyAssignment(parent) && parent.name === node) return;
    if (ts.isBindingElement(parent) && parent.propertyName === node) return;
    if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return;
    if (ts.isTypeNode(parent) || ts.isTypeElement(parent) || ts.isClassElement(parent)) return;
    if (ts.isMethodDeclaration(parent) || ts.isQualifiedName(parent)) return;
    if (ts.isLabeledStatement(parent) || ts.isNamedTupleMember(parent)) return;
    if (ts.isParameter(parent) && ts.isFunctionTypeNode(parent.parent)) return;
    if (ts.isParameter(parent) && ts.isTypeElement(parent.parent)) return;
    look(node);
  });
};

/** The member read off a name: `Math.exp` → `exp`; anything else, as `Math[k]`, → undefined. */
const memberOf = (id: ts.Identifier): string | undefined => {
  const { parent } = id;
  return ts.isPropertyAccessExpression(parent) && parent.expression === id
    ? parent.name.text
    : undefined;
};

/** Names that the file declares itself: a `window` of prices is no global. */
const declaredNames = (unit: Unit): Set<string> => {
  const names = new Set<string>();
  walk(unit.ast, (node) => {
    const binds =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node);
    if (binds && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text);
  });
  return names;
};

/** Clocks, timers, host objects and other globals that make a run depend on its host. */
export const bannedGlobal: Rule = (unit) => {
  const offences: string[] = [];
  if (isHostFile(unit.path) || unit.path.endsWith('.d.ts')) return offences;
  const own = declaredNames(unit);
  valueNames(unit, (id) => {
    if (own.has(id.text)) return;
    if (BANNED_GLOBALS.has(id.text)) {
      offences.push(at(unit, id, `uses ${id.text} in a pure room; take it through a port`));
    } else if (id.text === 'Date' && memberOf(id) !== 'UTC') {
      offences.push(at(unit, id, 'uses Date in a pure room; "now" is the event\'s receive time'));
    }
  });
  walk(unit.ast, (node) => {
    if (ts.isMetaProperty(node)) offences.push(at(unit, node, 'uses import.meta in a pure room'));
  });
  return offences;
};

/** Engine-dependent arithmetic: `Math` beyond its exact members, and `**` on floats. */
export const inexactMath: Rule = (unit) => {
  const offences: string[] = [];
  if (isHostFile(unit.path)) return offences;
  valueNames(unit, (id) => {
    if (id.text !== 'Math') return;
    const member = memberOf(id);
    if (member === undefined) offences.push(at(unit, id, 'uses Math as a value; name its member'));
    else if (!EXACT_MATH.has(member)) {
      offences.push(at(unit, id, `uses Math.${member}: differs between engines, see numeric`));
    }
  });
  const power = [ts.SyntaxKind.AsteriskAsteriskToken, ts.SyntaxKind.AsteriskAsteriskEqualsToken];
  walk(unit.ast, (node) => {
    if (!ts.isBinaryExpression(node) || !power.includes(node.operatorToken.kind)) return;
    // A bigint literal on the left makes it exact: a float on the right would throw.
    if (ts.isBigIntLiteral(node.left)) return;
    offences.push(at(unit, node, 'uses ** on what may be a float: differs between engines'));
  });
  return offences;
};

/** Methods that ask the host for its language. */
export const localeMethod: Rule = (unit) => {
  const offences: string[] = [];
  if (isHostFile(unit.path)) return offences;
  walk(unit.ast, (node) => {
    const named =
      ts.isPropertyAccessExpression(node) && LOCALE_METHODS.has(node.name.text)
        ? node.name.text
        : ts.isElementAccessExpression(node) &&
            ts.isStringLiteralLike(node.argumentExpression) &&
            LOCALE_METHODS.has(node.argumentExpression.text)
          ? node.argumentExpression.text
          : undefined;
    if (named !== undefined) offences.push(at(unit, node, `uses .${named}: compare code units`));
  });
  return offences;
};

/** `Number(BigInt.asIntN(54, x))`: an integer that fits, never text. */
const isBigintOf54Bits = (id: ts.Identifier): boolean => {
  const call = id.parent;
  if (!ts.isCallExpression(call) || call.expression !== id) return false;
  return /^BigInt\.asIntN\(54, /.test(call.arguments[0]?.getText() ?? '');
};

/** Text to float in a room that stands between the wire and the mantissa. */
export const floatFromText: Rule = (unit) => {
  const offences: string[] = [];
  if (!NO_FLOAT_ROOMS.includes(roomOf(unit.path) ?? '')) return offences;
  valueNames(unit, (id) => {
    if (id.text === 'parseFloat' || id.text === 'parseInt') {
      offences.push(
        at(unit, id, `uses ${id.text}: rounds past 2^53, parse digits into a mantissa`),
      );
    }
    if (id.text !== 'Number' || isBigintOf54Bits(id)) return;
    const member = memberOf(id);
    if (member === undefined || !NUMBER_CHECKS.has(member)) {
      const said = member === undefined ? 'Number as a function' : `Number.${member}`;
      offences.push(at(unit, id, `uses ${said}: makes a float from text`));
    }
  });
  walk(unit.ast, (node) => {
    if (!ts.isPrefixUnaryExpression(node) || node.operator !== ts.SyntaxKind.PlusToken) return;
    if (ts.isNumericLiteral(node.operand)) return;
    offences.push(at(unit, node, 'uses unary plus: makes a float from text'));
  });
  return offences;
};

/** A statement at the top of a module that does something when the module is loaded. */
export const loadEffect: Rule = (unit) => {
  if (isHostFile(unit.path) || unit.path.endsWith('.d.ts')) return [];
  return unit.ast.statements
    .filter(
      (node) =>
        !ts.isImportDeclaration(node) &&
        !ts.isExportDeclaration(node) &&
        !ts.isVariableStatement(node) &&
        !ts.isFunctionDeclaration(node) &&
        !ts.isClassDeclaration(node) &&
        !ts.isInterfaceDeclaration(node) &&
        !ts.isTypeAliasDeclaration(node),
    )
    .map((node) => at(unit, node, 'does something when loaded; package.json says it does not'));
};
