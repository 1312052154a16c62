/* On the spot: the visit begins and ends, the borrower signs in a field, tells a code, or refuses. */
(function () {
  "use strict";
  var report = window.report;
  if (!report) return;
  var lines = [];
  var line = null;

  function pad() {
    return report.page.querySelector("[data-pad]");
  }

  function point(event) {
    var field = pad();
    var box = field.getBoundingClientRect();
    var x = Math.round(((event.clientX - box.left) / box.width) * 600);
    var y = Math.round(((event.clientY - box.top) / box.height) * 200);
    return [Math.min(Math.max(x, 0), 600), Math.min(Math.max(y, 0), 200)];
  }

  function draw() {
    var field = pad();
    if (!field) return;
    var pen = field.getContext("2d");
    pen.clearRect(0, 0, 600, 200);
    pen.lineWidth = 3;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = "#1f2f3a";
    lines.forEach(function (one) {
      pen.beginPath();
      one.forEach(function (spot, n) {
        pen[n ? "lineTo" : "moveTo"](spot[0], spot[1]);
      });
      pen.stroke();
    });
  }

  report.page.addEventListener("pointerdown", function (event) {
    if (event.target !== pad()) return;
    event.preventDefault();
    event.target.setPointerCapture(event.pointerId);
    line = [point(event)];
    lines.push(line);
  });
  report.page.addEventListener("pointermove", function (event) {
    if (!line || event.target !== pad()) return;
    line.push(point(event));
    draw();
  });
  report.page.addEventListener("pointerup", function () {
    line = null;
  });

  function say(selector, text) {
    var place = report.page.querySelector(selector);
    if (!place) return;
    place.textContent = text;
    place.hidden = !text;
  }

  function shown(data) {
    var visit = report.page.querySelector("[data-visit]");
    var box = report.page.querySelector("[data-confirm-box]");
    if (visit) visit.innerHTML = data.visit;
    if (box && data.outcome !== "sent") {
      box.innerHTML = data.confirmation;
      lines = [];
    }
    report.standing(data);
    var note = report.page.querySelector("[data-confirm-note]");
    if (note) note.hidden = data.outcome !== "sent";
  }

  function signer(body) {
    ["name", "post"].forEach(function (name) {
      var input = report.page.querySelector('[data-signer="' + name + '"]');
      if (input) body[name] = input.value;
    });
    return body;
  }

  var parts = {
    hand: function (body) {
      body.strokes = lines;
    },
    send: function () {},
    code: function (body) {
      body.code = report.page.querySelector("[data-code]").value;
    },
    refuse: function (body) {
      body.reason = report.page.querySelector("[data-reason]").value;
    },
  };

  report.page.addEventListener("click", function (event) {
    var visit = event.target.closest("[data-visit-url]");
    var confirm = event.target.closest("[data-confirm]");
    if (event.target.closest("[data-clear]")) {
      lines = [];
      draw();
    }
    if (!visit && !confirm) return;
    var button = visit || confirm;
    button.disabled = true;
    report
      .place()
      .then(function (where) {
        var body = Object.assign({}, where || {});
        if (visit) {
          var input = report.page.querySelector('[data-q="overview.place"] [data-part="value"]');
          body.place = input ? input.value : "";
        } else parts[confirm.dataset.how](signer(body));
        return report.send(visit ? visit.dataset.visitUrl : confirm.dataset.confirm, body);
      })
      .then(function (data) {
        say(visit ? "[data-visit-error]" : "[data-confirm-error]", "");
        button.disabled = false;
        shown(data);
        if (data.outcome === "started") window.location.reload();
      })
      .catch(function (error) {
        button.disabled = false;
        say(visit ? "[data-visit-error]" : "[data-confirm-error]", error.message);
      });
  });
})();
