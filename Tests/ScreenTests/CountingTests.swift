import Frames
import Testing

@testable import Screen

@Test func oneThingIsCountedUnderOneName() {
    let shown = ClassTally.shown(
        [
            found(2, 0.9, 0, 0, 100, 100), found(7, 0.8, 5, 5, 100, 100), found(0, 0.5, 300, 0, 400, 100),
            found(0, 0.39, 600, 0, 700, 100),
        ], minimumScore: 0.4)
    #expect(shown.map(\.classIndex) == [2, 0])
}

@Test func countsAreNowAndSinceTheStart() {
    var tally = ClassTally()
    let person = found(0, 0.9, 0, 0, 10, 10)
    let car = found(2, 0.9, 50, 0, 60, 10)
    tally.record([person, person, car], elapsed: 0)
    tally.record([person], elapsed: 1)
    tally.record([], elapsed: 3)
    let rows = tally.rows(elapsed: 4)
    #expect(rows.map(\.classIndex) == [0, 2])
    #expect(rows.map(\.now) == [0, 0])
    #expect(rows.map(\.total) == [3, 1])
    #expect(rows[0].seconds == [2, 1, 0, 0, 0])
    tally.recount([car])
    #expect(tally.rows(elapsed: 4).first?.classIndex == 2, "what is there comes first")
    #expect(tally.rows(elapsed: 4).map(\.total) == [1, 3])
}

@Test func historyForgetsWhatIsOlderThanFiveMinutes() {
    var tally = ClassTally()
    tally.record([found(0, 1, 0, 0, 1, 1)], elapsed: 10)
    #expect(tally.rows(elapsed: 200)[0].seconds.reduce(0, +) == 1)
    let later = tally.rows(elapsed: 400)[0].seconds
    #expect(later.count == ClassTally.history && later.allSatisfy { $0 == 0 })
    tally.record([found(0, 1, 0, 0, 1, 1)], elapsed: 100_000)
    #expect(tally.rows(elapsed: 100_000)[0].seconds.last == 1)
}

@Test func plainLinesSayWhatChangedAtMostOnceASecond() {
    var plain = PlainOutput(source: door(), labels: .coco, minimumScore: 0.4)
    let person = found(0, 0.87, 212, 140, 388, 640)
    let other = found(0, 0.5, 700, 140, 800, 640)
    let car = found(2, 0.9, 900, 0, 1000, 100)
    let low = found(2, 0.3, 400, 400, 500, 500)
    #expect(plain.line(for: result([low], at: 0)) == "00:00:00.000 door nothing")
    #expect(plain.line(for: result([person], at: 0.5)) == nil, "too soon")
    #expect(plain.line(for: result([car, person, other], at: 4.1333)) == "00:00:04.133 door person 2 car 1")
    #expect(plain.line(for: result([person, car, other], at: 9)) == nil, "the same")
    #expect(plain.line(for: result([], at: 3725.5)) == "01:02:05.500 door nothing")
    #expect(plain.line(for: result([car], at: 0)) == "00:00:00.000 door car 1", "a loop starts again")
}

@Test func plainJSONIsOneObjectALine() {
    var source = door()
    source.name = "do\"or\u{1B}"
    var plain = PlainOutput(source: source, labels: .coco, minimumScore: 0.4, isJSON: true)
    let line = plain.line(
        for: result([found(2, 0.9, 0, 0, 9, 9), found(0, 0.8, 50, 0, 60, 9)], at: 4.1, sequence: 124))
    #expect(
        line
            == #"{"type":"count","src":"do\"or\u001b","n":124,"t":4.100000,"classes":{"car":1,"person":1}}"#)
}

@Test func hostileNamesStayInTheirLine() {
    let labels = LabelSet(name: "evil", names: ["a\u{1B}[31m\nb"])
    var plain = PlainOutput(source: door(), labels: labels, minimumScore: 0)
    let line = plain.line(for: result([found(0, 1, 0, 0, 9, 9)]))
    #expect(line == "00:00:00.000 door a?[31m?b 1")
}

@Test func numbersAreWrittenForPeople() {
    #expect(NumberText.fixed(11.84) == "11.8")
    #expect(NumberText.fixed(0.05, places: 1) == "0.1")
    #expect(NumberText.fixed(nil) == "-")
    #expect(NumberText.fixed(.nan) == "-")
    #expect(NumberText.fixed(-0.01) == "0.0")
    #expect(NumberText.grouped(9036) == "9 036")
    #expect(NumberText.grouped(1_234_567) == "1 234 567")
    #expect(NumberText.grouped(999) == "999")
    #expect(NumberText.clock(seconds: 304) == "00:05:04")
    #expect(NumberText.clock(seconds: 360_000) == "100:00:00")
}
