// What the rules need to know of a TypeScript file, read from its syntax tree, so that comments and strings never count.

import { posix } from 'node:path';
import ts from 'typescript';

export interface ImportFact {
  /** A path from the repository's root for a file of ours, else the package's or Node module's specifier. */
  readonly target: string;
  readonly isOurs: boolean;
  /** Gone at run time. */
  readonly isTypeOnly: boolean;
  /** `import('…')`: loaded when it is needed. */
  readonly isLazy: boolean;
}

export interface SourceFacts {
  /** From the repository's root, with `/`. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly ImportFact[];
  readonly hasDefaultExport: boolean;
  /** `left.right` for every property that is read by name. */
  readonly accesses: ReadonlySet<string>;
  readonly text: string;
}

export function readSourceFacts(path: string, text: string): SourceFacts {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: ImportFact[] = [];
  const accesses = new Set<string>();
  let hasDefaultExport = false;
  const add = (specifier: ts.Node | undefined, how: { isTypeOnly?: boolean; isLazy?: boolean }) => {
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) imports.push(importOf(path, specifier.text, how));
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, { isTypeOnly: node.importClause?.isTypeOnly ?? false });
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, { isTypeOnly: node.isTypeOnly });
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, { isTypeOnly: true });
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], { isLazy: true });
    if (ts.isPropertyAccessExpression(node)) accesses.add(`${lastName(node.expression)}.${node.name.text}`);
    if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression))
      accesses.add(`${lastName(node.expression)}.${node.argumentExpression.text}`);
    if (ts.isBindingElement(node)) accesses.add(destructured(node));
    hasDefaultExport ||= isDefaultExport(node);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  const lines = text === '' ? 0 : text.trimEnd().split('\n').length;
  return { path, lines, imports, hasDefaultExport, accesses, text };
}

function importOf(
  path: string,
  specifier: string,
  { isTypeOnly = false, isLazy = false }: { isTypeOnly?: boolean; isLazy?: boolean },
): ImportFact {
  const isOurs = specifier.startsWith('.');
  const target = isOurs ? posix.join(posix.dirname(path), specifier) : specifier;
  return { target, isOurs, isTypeOnly, isLazy };
}

/** `globalThis.process` -> `process`; what is no name -> ''. */
function lastName(node: ts.Expression): string {
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  return ts.isMetaProperty(node) ? 'import.meta' : '';
}

/** `const { env } = process` reads `process.env`. */
function destructured(node: ts.BindingElement): string {
  const declaration = node.parent.parent;
  const from =
    ts.isVariableDeclaration(declaration) && declaration.initializer !== undefined
      ? lastName(declaration.initializer)
      : '';
  return `${from}.${(node.propertyName ?? node.name).getText()}`;
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true;
  if (ts.isExportSpecifier(node)) return node.name.text === 'default';
  return ts.canHaveModifiers(node)
    ? (ts.getModifiers(node) ?? []).some(modifier => modifier.kind === ts.SyntaxKind.DefaultKeyword)
    : false;
}
