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

  /* Calls go one after the other: an older answer must not be drawn over a newer one. */
  var last = Promise.resolve();

  function inTurn(act) {
    last = last.then(act, act);
    return last;
  }

  /* A part is not drawn anew while somebody presses in it: the press would be lost with the old part. */
  var pressed = null;
  var released = [];

  page.addEventListener("pointerdown", function (event) {
    pressed = event.target.closest("[data-funds]");
  });
  ["pointerup", "pointercancel"].forEach(function (name) {
    document.addEventListener(name, function () {
      setTimeout(function () {
        pressed = null;
        released.splice(0).forEach(function (go) {
          go();
        });
      });
    });
  });

  function atRest() {
    if (!pressed) return Promise.resolve();
    return new Promise(function (go) {
      released.push(go);
    });
  }

  /* What a part says, without what differs each time it is made. */
  function same(old, part) {
    var pair = [old, part].map(function (one) {
      var copy = one.cloneNode(true);
      copy.querySelectorAll("[name=csrfmiddlewaretoken]").forEach(function (token) {
        token.remove();
      });
      return copy;
    });
    return pair[0].isEqualNode(pair[1]);
  }

  /* Parts by their names; `sent` is drawn anew even where something was typed, because that was sent. Of the others,
     where something is being answered only the files to choose from follow. */
  function draw(fresh, sent) {
    fresh.querySelectorAll("[data-funds-part]").forEach(function (part) {
      var name = part.dataset.fundsPart;
      var old = card().querySelector('[data-funds-part="' + name + '"]');
      if (!old) return;
      if (name === sent) old.replaceWith(part);
      else if (old.hasAttribute("data-dirty") || old.contains(document.activeElement)) files(old, part);
      else if (!same(old, part)) old.replaceWith(part);
    });
  }

  /* The keyboard stays in what was sent, unless it has gone on to something else. */
  function drawSent(data, part) {
    var selector = '[data-funds-part="' + part + '"]';
    var at = document.activeElement;
    var stays = at === document.body || card().querySelector(selector).contains(at);
    draw(parsed(data.html), part);
    report.standing(data);
    var next = stays && card().querySelector(selector + " button");
    if (next) next.focus({ preventScroll: true });
  }

  /* The files to choose from, what is chosen stays chosen. */
  function files(old, part) {
    part.querySelectorAll("[data-funds-files]").forEach(function (list) {
      var there = old.querySelector('[data-funds-files="' + list.dataset.fundsFiles + '"]');
      if (!there) return;
      there.querySelectorAll("input:checked").forEach(function (box) {
        var twin = list.querySelector('input[value="' + box.value + '"]');
        if (twin) twin.checked = true;
      });
      var at = there.contains(document.activeElement) && document.activeElement.value;
      there.replaceWith(list);
      var focused = at && list.querySelector('input[value="' + at + '"]');
      if (focused) focused.focus({ preventScroll: true });
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
    var body = values(form, button);
    inTurn(function () {
      return report
        .send(form.getAttribute("action"), body)
        .then(function (data) {
          return atRest().then(function () {
            drawSent(data, part);
          });
        })
        .catch(function (error) {
          if (button) button.disabled = false;
          complain(form, error.message);
        });
    });
  });

  page.addEventListener("input", function (event) {
    var part = event.target.closest("[data-funds-part]");
    if (part) part.setAttribute("data-dirty", "");
  });

  page.addEventListener("click", function (event) {
    if (!event.target.closest("[data-funds-pick]")) return;
    event.target.closest("[data-funds-part]").setAttribute("data-dirty", "");
    card()
      .querySelectorAll("input[data-open]")
      .forEach(function (box) {
        box.checked = true;
      });
  });

  /* Files came or went: the parts and the lists of files to choose from follow. */
  function follow() {
    if (!card()) return;
    inTurn(function () {
      return fetch(card().dataset.funds, { credentials: "same-origin", headers: { "HX-Request": "true" } })
        .then(function (response) {
          return response.ok ? response.json() : Promise.reject(new Error(String(response.status)));
        })
        .then(function (data) {
          return atRest().then(function () {
            draw(parsed(data.html), "");
          });
        })
        .catch(function () {
          /* The next change asks again. */
        });
    });
  }
  page.addEventListener("report:files", follow);
  page.addEventListener("report:saved", function () {
    if (card() && card().querySelector('[data-funds-part="problems"] li')) follow();
  });
})();
