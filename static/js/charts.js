/* Charts from JSON script tags. <div data-chart="lines|stack" data-src="id" role="img" aria-label="…">, the data being
   {"x": […], "every": 3, "series": [{"name", "data", "tone": "balance|limit|late|plan", "as": "line|bar"}]}. */
(function () {
  "use strict";
  var css = getComputedStyle(document.documentElement);
  function token(name) {
    return css.getPropertyValue(name).trim();
  }
  var ink = token("--pl-ink-3");
  var tones = {
    balance: "#3f7f84",
    plan: "#7fa9ac",
    limit: "#7b8c94",
    late: token("--pl-red"),
    warn: token("--pl-orange"),
    out: "#b9c5cb",
  };

  function amount(n) {
    if (n == null) return "—";
    return Number(n)
      .toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })
      .replace("-", "−");
  }

  function frame(data) {
    return {
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12, color: ink },
      aria: { enabled: false },
      grid: {
        left: 4,
        right: 8,
        top: 10,
        bottom: 2,
        outerBoundsMode: "same",
        outerBoundsContain: "axisLabel",
      },
      tooltip: {
        trigger: "axis",
        confine: true,
        axisPointer: { type: "shadow" },
        valueFormatter: amount,
        textStyle: { fontSize: 12 },
      },
      xAxis: {
        type: "category",
        data: data.x,
        axisTick: { show: false },
        axisLine: { lineStyle: { color: "#b9c5cb" } },
        axisLabel: {
          color: ink,
          fontSize: 12,
          hideOverlap: true,
          interval: data.every ? data.every - 1 : "auto",
        },
      },
      yAxis: {
        type: "value",
        splitNumber: 3,
        splitLine: { lineStyle: { color: token("--pl-line-2") } },
        axisLabel: {
          color: ink,
          fontSize: 12,
          formatter: function (n) {
            return n.toLocaleString("en-US");
          },
        },
      },
    };
  }

  function series(one, stack) {
    var colour = tones[one.tone] || tones.plan;
    if (one.as === "bar") {
      return {
        name: one.name,
        type: "bar",
        data: one.data,
        stack: stack,
        barMaxWidth: 14,
        itemStyle: { color: colour },
      };
    }
    var line = {
      name: one.name,
      type: "line",
      data: one.data,
      symbol: "none",
      step: "end",
      lineStyle: { color: colour, width: 2, type: one.tone === "limit" ? "dashed" : "solid" },
      itemStyle: { color: colour },
    };
    if (one.tone === "balance") line.areaStyle = { color: "#7fa9ac33" };
    return line;
  }

  document.querySelectorAll("[data-chart]").forEach(function (box) {
    var data = JSON.parse(document.getElementById(box.dataset.src).textContent);
    var options = frame(data);
    options.series = data.series.map(function (one) {
      return series(one, box.dataset.chart === "stack" ? "all" : undefined);
    });
    var chart = echarts.init(box, null, { renderer: "svg" });
    chart.setOption(options);
    new ResizeObserver(function () {
      chart.resize();
    }).observe(box);
  });
})();
