// What every page must be free of; each check answers with what it found.
({
  faults() {
    const faults = [];
    const all = [...document.querySelectorAll("*")];
    const shown = all.filter((node) => node.checkVisibility({ visibilityProperty: true }));
    const name = (node) => node.getAttribute("aria-label") || node.innerText || node.alt || node.labels?.[0]?.innerText || "";
    const start = (node) => node.outerHTML.slice(0, 80);
    if (!document.documentElement.lang) faults.push("no language");
    if (!document.title.trim()) faults.push("no title");
    if (!document.querySelector("main")) faults.push("no main part");
    if (shown.filter((node) => node.tagName === "H1").length !== 1) faults.push("not one h1");
    const ids = all.map((node) => node.id).filter(Boolean);
    if (new Set(ids).size !== ids.length) faults.push("an id stands twice");
    for (const node of shown) {
      const speaks = node.matches("a[href], button, input:not([type=hidden]), img");
      if (speaks && !name(node).trim()) faults.push(`nameless: ${start(node)}`);
      if (node.tabIndex > 0) faults.push(`tabindex: ${start(node)}`);
      const role = node.getAttribute("role");
      if (role === "row" && !node.closest("[role=table]")) faults.push(`a row without a table: ${start(node)}`);
      if (role === "cell" && !node.closest("[role=row]")) faults.push(`a cell without a row: ${start(node)}`);
    }
    for (const node of all) {
      for (const to of ["aria-labelledby", "for"].map((attribute) => node.getAttribute(attribute))) {
        if (to && !document.getElementById(to)) faults.push(`leads nowhere: ${start(node)}`);
      }
    }
    return faults;
  },

  // Words whose contrast with their ground is below 4.5 (WCAG 2.2, 1.4.3).
  faint() {
    const channel = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    const light = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
    const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
    const ground = (node) => {
      for (let at = node; at; at = at.parentElement) {
        const found = numbers(getComputedStyle(at).backgroundColor);
        if (found.length === 3 || found[3] > 0.8) return found;
      }
      return [255, 255, 255];
    };
    const speaks = (node) => [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
    const faint = [];
    for (const node of document.querySelectorAll("body *")) {
      if (!speaks(node) || node.closest("svg, script, .unseen, :disabled")) continue;
      if (!node.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      const [low, high] = [numbers(getComputedStyle(node).color), ground(node)].map(light).sort((a, b) => a - b);
      const ratio = (high + 0.05) / (low + 0.05);
      if (ratio < 4.5) faint.push(`${ratio.toFixed(2)}: ${node.textContent.slice(0, 40)}`);
    }
    return faint;
  },

  // Controls smaller than 24 by 24 pixels that do not stand in a line of text (WCAG 2.2, 2.5.8).
  small() {
    return [...document.querySelectorAll("a[href], button, input:not([type=hidden])")]
      .filter((node) => node.checkVisibility() && getComputedStyle(node).display !== "inline")
      .filter((node) => Math.min(node.getBoundingClientRect().width, node.getBoundingClientRect().height) < 24)
      .map((node) => node.outerHTML.slice(0, 80));
  },
})
