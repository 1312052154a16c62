/* The lists: one panel is open at a time and closes by Escape; j and k go from row to row, n and p turn the page. */
(function () {
  "use strict";
  var panels = Array.prototype.slice.call(document.querySelectorAll(".pl-drop"));

  panels.forEach(function (panel) {
    panel.addEventListener("toggle", function () {
      if (!panel.open) return;
      panels.forEach(function (other) {
        if (other !== panel) other.open = false;
      });
    });
  });

  document.addEventListener("click", function (event) {
    panels.forEach(function (panel) {
      if (panel.open && !panel.contains(event.target)) panel.open = false;
    });
  });

  function isTyping(target) {
    return /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  }

  function move(step) {
    var links = Array.prototype.slice.call(document.querySelectorAll("[data-rows] tbody tr td:first-child a"));
    if (!links.length) return;
    var row = document.activeElement.closest("[data-rows] tbody tr");
    var at = row ? links.indexOf(row.querySelector("td:first-child a")) : step > 0 ? -1 : links.length;
    var next = links[Math.min(Math.max(at + step, 0), links.length - 1)];
    next.focus();
    next.closest("tr").scrollIntoView({ block: "nearest" });
  }

  function turn(way) {
    var link = document.querySelector('.pl-pages a[rel="' + way + '"]');
    if (link) link.click();
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      panels.forEach(function (panel) {
        if (!panel.open) return;
        panel.open = false;
        panel.querySelector("summary").focus();
      });
      return;
    }
    if (isTyping(event.target)) return;
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "n") turn("next");
    else if (event.key === "p") turn("prev");
  });
})();
