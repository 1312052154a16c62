/* Conditions of the approval: each answer saves itself like the rest of the report; without a line it is tried again. */
(function () {
  "use strict";
  var report = window.report;
  var card = document.querySelector("[data-conditions]");
  if (!report || !card) return;
  var SOON = 1200;
  var AGAIN = 3000;
  var timers = {};
  var sending = {};

  function part(box, name) {
    return box.querySelector('[data-part-condition="' + name + '"]');
  }

  function chosen(box) {
    var one = box.querySelector('input[type="radio"]:checked');
    return one ? one.value : "";
  }

  function say(box, text) {
    var place = box.querySelector("[data-condition-problem]");
    place.textContent = text;
    place.hidden = !text;
  }

  function soon(box, delay) {
    var key = box.dataset.condition;
    window.clearTimeout(timers[key]);
    timers[key] = window.setTimeout(function () {
      delete timers[key];
      send(box);
    }, delay);
  }

  function send(box) {
    var key = box.dataset.condition;
    if (sending[key]) return soon(box, 300);
    sending[key] = true;
    report
      .send(box.dataset.address, {
        state: chosen(box),
        evidence: part(box, "evidence").value,
        explanation: part(box, "explanation").value,
        base: Number(box.dataset.base),
      })
      .then(function (data) {
        sending[key] = false;
        box.dataset.base = data.answer;
        waits(box, false);
        Object.keys(data.conditions).forEach(function (other) {
          var place = card.querySelector('[data-condition="' + other + '"]');
          if (place && !timers[other]) say(place, data.conditions[other]);
        });
        report.standing(data);
      })
      .catch(function (error) {
        sending[key] = false;
        if (error.status) return say(box, error.message);
        waits(box, true);
        soon(box, AGAIN);
      });
  }

  function waits(box, shown) {
    box.querySelector("[data-condition-waits]").hidden = !shown;
  }

  card.addEventListener("input", function (event) {
    var box = event.target.closest("[data-condition][data-address]");
    if (!box || event.target.type === "file" || event.target.closest("[data-files]")) return;
    var state = chosen(box);
    box.querySelector("[data-why]").hidden = !state || state === "met";
    soon(box, event.target.type === "radio" ? 150 : SOON);
  });
  card.addEventListener("focusout", function (event) {
    var box = event.target.closest("[data-condition][data-address]");
    if (box && timers[box.dataset.condition]) soon(box, 0);
  });
  window.addEventListener("beforeunload", function (event) {
    if (Object.keys(timers).length) event.preventDefault();
  });
})();
