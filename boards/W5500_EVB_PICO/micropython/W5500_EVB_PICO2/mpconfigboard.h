// WIZnet W5500-EVB-Pico2: RP2350A, W5500 on SPI0. The flash is a W25Q16 of 2 MB.
#define MICROPY_HW_BOARD_NAME               "W5500-EVB-Pico2"
#define PICO_FLASH_SIZE_BYTES               (2 * 1024 * 1024)
#define MICROPY_HW_FLASH_STORAGE_BYTES      (1408 * 1024)

#define MICROPY_PY_NETWORK                  (1)
#define MICROPY_PY_NETWORK_HOSTNAME_DEFAULT "W5500-EVB"

#define MICROPY_HW_WIZNET_SPI_ID            (0)
#define MICROPY_HW_WIZNET_SPI_BAUDRATE      (20 * 1000 * 1000)
#define MICROPY_HW_WIZNET_SPI_SCK           (18)
#define MICROPY_HW_WIZNET_SPI_MOSI          (19)
#define MICROPY_HW_WIZNET_SPI_MISO          (16)
#define MICROPY_HW_WIZNET_PIN_CS            (17)
#define MICROPY_HW_WIZNET_PIN_RST           (20)
#define MICROPY_HW_WIZNET_PIN_INTN          (21)
