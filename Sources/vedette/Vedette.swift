@main
struct Vedette {
    static func main() {}
}
