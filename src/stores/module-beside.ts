/**
 * URL of a module in the same folder, with the extension of the module that asks: `.ts` from sources, `.js` from the
 * build. `moduleBeside('inventory-program', import.meta.url)`.
 */
export function moduleBeside(name: string, importMetaUrl: string): URL {
  const extension = importMetaUrl.slice(importMetaUrl.lastIndexOf('.'));
  return new URL(`./${name}${extension}`, importMetaUrl);
}
