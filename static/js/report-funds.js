/* The use of funds: an answer or vouchers are sent at once; only the part that changed is drawn anew, what is being
   typed elsewhere stays. */
(function () {
  "use strict";
  var report = window.report;
  var page = document.querySelector("[data-report]");
  if (!report || !page) return;

  function card() {
    return page.querySelector("[data-funds]");
  }

  function parsed(html) {
    var made = document.createElement("template");
    made.innerHTML = html.trim();
    return made.content.firstElementChild;
  }

  function values(form, button) {
    var body = {};
    new FormData(form).forEach(function (value, name) {
      if (name === "csrfmiddlewaretoken") return;
      (body[name] = body[name] || []).push(String(value));
    });
    if (button && button.name) body[button.name] = [button.value];
    if (button && button.dataset.fundsMore) Object.assign(body, JSON.parse(button.dataset.fundsMore));
    return body;
  }

  /* Parts by their names; `sent` is drawn anew even where something was typed, because that was sent. */
  function draw(fresh, sent) {
    fresh.querySelectorAll("[data-funds-part]").forEach(function (part) {
      var name = part.dataset.fundsPart;
      var old = card().querySelector('[data-funds-part="' + name + '"]');
      if (!old) return;
      if (name === sent || !old.hasAttribute("data-dirty")) old.replaceWith(part);
    });
  }

  function complain(form, text) {
    var part = form.closest("[data-funds-part]");
    var place = part && part.querySelector("[data-funds-error]");
    if (!place) return;
    place.textContent = text;
    place.hidden = !text;
    if (text) place.scrollIntoView({ block: "nearest" });
  }

  page.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.hasAttribute("data-funds-form")) return;
    event.preventDefault();
    var part = form.closest("[data-funds-part]").dataset.fundsPart;
    var button = event.submitter;
    if (button) button.disabled = true;
    report
      .send(form.getAttribute("action"), values(form, button))
      .then(function (data) {
        draw(parsed(data.html), part);
        report.standing(data);
        var next = card().querySelector('[data-funds-part="' + part + '"] button');
        if (next) next.focus({ preventScroll: true });
      })
      .catch(function (error) {
        if (button) button.disabled = false;
        complain(form, error.message);
      });
  });

  page.addEventListener("input", function (event) {
    var part = event.target.closest("[data-funds-part]");
    if (part) part.setAttribute("data-dirty", "");
  });

  page.addEventListener("click", function (event) {
    if (!event.target.closest("[data-funds-pick]")) return;
    card()
      .querySelectorAll("input[data-open]")
      .forEach(function (box) {
        box.checked = true;
      });
  });

  /* Files came or went: the lists of files to tick follow, what is ticked stays ticked. */
  function follow() {
    if (!card()) return;
    fetch(card().dataset.funds, { credentials: "same-origin", headers: { "HX-Request": "true" } })
      .then(function (response) {
        return response.ok ? response.json() : Promise.reject(new Error(String(response.status)));
      })
      .then(function (data) {
        var fresh = parsed(data.html);
        fresh.querySelectorAll("[data-funds-files]").forEach(function (list) {
          var old = card().querySelector('[data-dirty] [data-funds-files="' + list.dataset.fundsFiles + '"]');
          if (!old) return;
          old.querySelectorAll("input:checked").forEach(function (box) {
            var same = list.querySelector('input[value="' + box.value + '"]');
            if (same) same.checked = true;
          });
          old.replaceWith(list);
        });
        draw(fresh, "");
      })
      .catch(function () {
        /* The next change asks again. */
      });
  }
  page.addEventListener("report:files", follow);
  page.addEventListener("report:saved", function () {
    if (card() && card().querySelector('[data-funds-part="problems"] li')) follow();
  });
})();
