/* Keys of the whole product and what a page needs after it has changed. No inline code, so a strict policy holds. */
(function () {
  "use strict";

  function isTyping(target) {
    return /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable;
  }

  function press(key) {
    var wanted = key.toLowerCase().replace(/[^a-z]/g, "");
    var target = wanted && document.querySelector('[data-key="' + wanted + '"]');
    if (target) target.click();
  }

  /* "/" goes to the search; a letter presses what carries it in data-key. */
  document.addEventListener("keydown", function (event) {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key !== "/") return press(event.key);
    var search = document.querySelector(".pl-search input");
    if (search && search.offsetParent) {
      event.preventDefault();
      search.focus();
    }
  });

  /* The chosen tab is brought into view where the row of tabs is wider than the screen. */
  document.querySelectorAll(".pl-tabs [aria-current]").forEach(function (tab) {
    var row = tab.closest(".pl-tabs");
    row.scrollLeft = Math.max(0, tab.offsetLeft - row.offsetLeft - 24);
  });

  /* An answer of 401 to a part of a page means the session has ended: the whole page goes to the log-in. */
  document.body.addEventListener("htmx:responseError", function (event) {
    if (event.detail.xhr.status === 401) window.location.reload();
  });

  /* The button that prints. */
  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.addEventListener("click", function () {
      window.print();
    });
  });
})();
