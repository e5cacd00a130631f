{
	"patcher": {
		"fileversion": 1,
		"appversion": {
			"major": 8,
			"minor": 5,
			"revision": 0,
			"architecture": "x64",
			"modernui": 1
		},
		"classnamespace": "box",
		"rect": [
			60.0,
			90.0,
			1440,
			1216
		],
		"openinpresentation": 0,
		"default_fontsize": 12.0,
		"default_fontface": 0,
		"default_fontname": "Arial",
		"gridsize": [
			10.0,
			10.0
		],
		"boxes": [
			{
				"box": {
					"id": "obj-1",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						30,
						14,
						400,
						20
					],
					"text": "LADMG: every parameter",
					"linecount": 1,
					"fontsize": 20.0,
					"fontface": 1
				}
			},
			{
				"box": {
					"id": "obj-2",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						30,
						46,
						640,
						20
					],
					"text": "Click to ask for a value; the answer is below. An address and a value, without /ladmg/get, sets it.",
					"linecount": 1
				}
			},
			{
				"box": {
					"id": "obj-3",
					"maxclass": "bpatcher",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						700,
						14,
						112,
						44
					],
					"outlettype": [
						""
					],
					"name": "ladmg.io.maxpat",
					"args": [
						"127.0.0.1",
						7400,
						7401
					],
					"bgmode": 0,
					"border": 0,
					"clickthrough": 0,
					"enablehscroll": 0,
					"enablevscroll": 0,
					"lockeddragscroll": 0,
					"viewvisibility": 1,
					"offset": [
						0.0,
						0.0
					]
				}
			},
			{
				"box": {
					"id": "obj-4",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						824,
						14,
						240,
						20
					],
					"text": "The connection. While `ladmg play` runs,",
					"linecount": 1
				}
			},
			{
				"box": {
					"id": "obj-5",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						824,
						36,
						240,
						20
					],
					"text": "the lamp is on.",
					"linecount": 1
				}
			},
			{
				"box": {
					"id": "obj-6",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						40,
						96,
						200,
						20
					],
					"text": "for all",
					"linecount": 1,
					"fontsize": 14.0,
					"fontface": 1
				}
			},
			{
				"box": {
					"id": "obj-7",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						20,
						1106,
						76.0,
						22
					],
					"text": "s ladmg.out"
				}
			},
			{
				"box": {
					"id": "obj-8",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						124,
						136.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/bpm"
				}
			},
			{
				"box": {
					"id": "obj-9",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						124,
						238,
						20
					],
					"text": "60..200 BPM, in 0.01",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-10",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						151,
						151.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/playing"
				}
			},
			{
				"box": {
					"id": "obj-11",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						151,
						238,
						20
					],
					"text": "0..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-12",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						178,
						141.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/swap"
				}
			},
			{
				"box": {
					"id": "obj-13",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						178,
						238,
						20
					],
					"text": "now, beat, bar, loop, 4bars, 8bars, 16bars",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-14",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						205,
						136.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/auto"
				}
			},
			{
				"box": {
					"id": "obj-15",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						205,
						238,
						20
					],
					"text": "0..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-16",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						232,
						149.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/n_bars"
				}
			},
			{
				"box": {
					"id": "obj-17",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						232,
						238,
						20
					],
					"text": "1, 2, 4, 8 bars",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-18",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						259,
						155.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/n_steps"
				}
			},
			{
				"box": {
					"id": "obj-19",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						259,
						238,
						20
					],
					"text": "0..16",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-20",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						286,
						131.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/key"
				}
			},
			{
				"box": {
					"id": "obj-21",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						286,
						238,
						20
					],
					"text": "off, C minor .. B major",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-22",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						313,
						149.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/stretch"
				}
			},
			{
				"box": {
					"id": "obj-23",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						313,
						238,
						20
					],
					"text": "repitch, keylock",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-24",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						340,
						155.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/gain_db"
				}
			},
			{
				"box": {
					"id": "obj-25",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						340,
						238,
						20
					],
					"text": "-70..6 dB, in 0.01",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-26",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						367,
						146.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/nudge"
				}
			},
			{
				"box": {
					"id": "obj-27",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						367,
						238,
						20
					],
					"text": "-4..4 %, in 0.01",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-28",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						394,
						129.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/tap"
				}
			},
			{
				"box": {
					"id": "obj-29",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						394,
						238,
						20
					],
					"text": "",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-30",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						421,
						132.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/half"
				}
			},
			{
				"box": {
					"id": "obj-31",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						421,
						238,
						20
					],
					"text": "",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-32",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						448,
						149.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/double"
				}
			},
			{
				"box": {
					"id": "obj-33",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						448,
						238,
						20
					],
					"text": "",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-34",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						475,
						165.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/downbeat"
				}
			},
			{
				"box": {
					"id": "obj-35",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						475,
						238,
						20
					],
					"text": "",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-36",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						502,
						178.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/preset_save"
				}
			},
			{
				"box": {
					"id": "obj-37",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						502,
						238,
						20
					],
					"text": "to 64 characters",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-38",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						529,
						181.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/preset_recall"
				}
			},
			{
				"box": {
					"id": "obj-39",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						529,
						238,
						20
					],
					"text": "to 64 characters",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-40",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						556,
						147.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/restart"
				}
			},
			{
				"box": {
					"id": "obj-41",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						556,
						238,
						20
					],
					"text": "",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-42",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						583,
						141.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/panic"
				}
			},
			{
				"box": {
					"id": "obj-43",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						583,
						238,
						20
					],
					"text": "",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-44",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						610,
						165.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/crossfade"
				}
			},
			{
				"box": {
					"id": "obj-45",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						610,
						238,
						20
					],
					"text": "0..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-46",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						637,
						173.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/bass_swap"
				}
			},
			{
				"box": {
					"id": "obj-47",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						637,
						238,
						20
					],
					"text": "0..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-48",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						664,
						183.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/clock_source"
				}
			},
			{
				"box": {
					"id": "obj-49",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						664,
						238,
						20
					],
					"text": "internal, midi, link, osc",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-50",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						691,
						199.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/clock_offset_ms"
				}
			},
			{
				"box": {
					"id": "obj-51",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						691,
						238,
						20
					],
					"text": "-200..200 ms, in 0.1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-52",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						718,
						132.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/cue"
				}
			},
			{
				"box": {
					"id": "obj-53",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						718,
						238,
						20
					],
					"text": "off, next, 1, 2",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-54",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						745,
						181.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/cue_gain_db"
				}
			},
			{
				"box": {
					"id": "obj-55",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						745,
						238,
						20
					],
					"text": "-70..6 dB, in 0.01",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-56",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						772,
						145.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/limiter"
				}
			},
			{
				"box": {
					"id": "obj-57",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						772,
						238,
						20
					],
					"text": "0..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-58",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						40,
						799,
						147.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/record"
				}
			},
			{
				"box": {
					"id": "obj-59",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						250,
						799,
						238,
						20
					],
					"text": "0..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-60",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						500,
						96,
						200,
						20
					],
					"text": "deck 1",
					"linecount": 1,
					"fontsize": 14.0,
					"fontface": 1
				}
			},
			{
				"box": {
					"id": "obj-61",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						480,
						1106,
						76.0,
						22
					],
					"text": "s ladmg.out"
				}
			},
			{
				"box": {
					"id": "obj-62",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						124,
						160.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/prompt"
				}
			},
			{
				"box": {
					"id": "obj-63",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						124,
						238,
						20
					],
					"text": "to 256 characters",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-64",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						151,
						173.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/prompt_2"
				}
			},
			{
				"box": {
					"id": "obj-65",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						151,
						238,
						20
					],
					"text": "to 256 characters",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-66",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						178,
						173.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/prompt_3"
				}
			},
			{
				"box": {
					"id": "obj-67",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						178,
						238,
						20
					],
					"text": "to 256 characters",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-68",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						205,
						173.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/prompt_4"
				}
			},
			{
				"box": {
					"id": "obj-69",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						205,
						238,
						20
					],
					"text": "to 256 characters",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-70",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						232,
						157.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/weight"
				}
			},
			{
				"box": {
					"id": "obj-71",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						232,
						238,
						20
					],
					"text": "0..1, in 0.01",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-72",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						259,
						171.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/weight_2"
				}
			},
			{
				"box": {
					"id": "obj-73",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						259,
						238,
						20
					],
					"text": "0..1, in 0.01",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-74",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						286,
						171.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/weight_3"
				}
			},
			{
				"box": {
					"id": "obj-75",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						286,
						238,
						20
					],
					"text": "0..1, in 0.01",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-76",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						313,
						171.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/weight_4"
				}
			},
			{
				"box": {
					"id": "obj-77",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						313,
						238,
						20
					],
					"text": "0..1, in 0.01",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-78",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						340,
						168.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/negative"
				}
			},
			{
				"box": {
					"id": "obj-79",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						340,
						238,
						20
					],
					"text": "to 256 characters",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-80",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						367,
						173.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/cfg_scale"
				}
			},
			{
				"box": {
					"id": "obj-81",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						367,
						238,
						20
					],
					"text": "0..8, in 0.1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-82",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						394,
						165.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/cfg_grid"
				}
			},
			{
				"box": {
					"id": "obj-83",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						394,
						238,
						20
					],
					"text": "0..4, in 0.1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-84",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						421,
						162.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/seed_a"
				}
			},
			{
				"box": {
					"id": "obj-85",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						421,
						238,
						20
					],
					"text": "0..999999",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-86",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						448,
						162.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/seed_b"
				}
			},
			{
				"box": {
					"id": "obj-87",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						448,
						238,
						20
					],
					"text": "0..999999",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-88",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						475,
						161.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/seed_c"
				}
			},
			{
				"box": {
					"id": "obj-89",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						475,
						238,
						20
					],
					"text": "0..999999",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-90",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						502,
						162.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/seed_d"
				}
			},
			{
				"box": {
					"id": "obj-91",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						502,
						238,
						20
					],
					"text": "0..999999",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-92",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						529,
						157.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/morph"
				}
			},
			{
				"box": {
					"id": "obj-93",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						529,
						238,
						20
					],
					"text": "0..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-94",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						556,
						169.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/morph_y"
				}
			},
			{
				"box": {
					"id": "obj-95",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						556,
						238,
						20
					],
					"text": "0..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-96",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						583,
						178.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/brightness"
				}
			},
			{
				"box": {
					"id": "obj-97",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						583,
						238,
						20
					],
					"text": "-1..1, in 0.01",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-98",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						610,
						161.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/density"
				}
			},
			{
				"box": {
					"id": "obj-99",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						610,
						238,
						20
					],
					"text": "-1..1, in 0.01",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-100",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						637,
						153.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/swing"
				}
			},
			{
				"box": {
					"id": "obj-101",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						637,
						238,
						20
					],
					"text": "50..75 %, in 0.1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-102",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						664,
						167.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/level_db"
				}
			},
			{
				"box": {
					"id": "obj-103",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						664,
						238,
						20
					],
					"text": "-70..6 dB, in 0.01",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-104",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						691,
						149.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/mute"
				}
			},
			{
				"box": {
					"id": "obj-105",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						691,
						238,
						20
					],
					"text": "0..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-106",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						718,
						145.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/filter"
				}
			},
			{
				"box": {
					"id": "obj-107",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						718,
						238,
						20
					],
					"text": "-1..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-108",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						745,
						161.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/kill_low"
				}
			},
			{
				"box": {
					"id": "obj-109",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						745,
						238,
						20
					],
					"text": "0..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-110",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						772,
						163.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/kill_mid"
				}
			},
			{
				"box": {
					"id": "obj-111",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						772,
						238,
						20
					],
					"text": "0..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-112",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						799,
						166.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/kill_high"
				}
			},
			{
				"box": {
					"id": "obj-113",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						799,
						238,
						20
					],
					"text": "0..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-114",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						826,
						156.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/stutter"
				}
			},
			{
				"box": {
					"id": "obj-115",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						826,
						238,
						20
					],
					"text": "off, 1/2, 1/4, 1/8, 1/16",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-116",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						853,
						163.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/reverse"
				}
			},
			{
				"box": {
					"id": "obj-117",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						853,
						238,
						20
					],
					"text": "0..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-118",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						880,
						184.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/delay_send"
				}
			},
			{
				"box": {
					"id": "obj-119",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						880,
						238,
						20
					],
					"text": "0..1, in 0.01",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-120",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						907,
						145.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/hold"
				}
			},
			{
				"box": {
					"id": "obj-121",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						907,
						238,
						20
					],
					"text": "0..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-122",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						934,
						149.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/undo"
				}
			},
			{
				"box": {
					"id": "obj-123",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						934,
						238,
						20
					],
					"text": "",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-124",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						961,
						139.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/roll"
				}
			},
			{
				"box": {
					"id": "obj-125",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						961,
						238,
						20
					],
					"text": "",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-126",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						988,
						136.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/go"
				}
			},
			{
				"box": {
					"id": "obj-127",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						988,
						238,
						20
					],
					"text": "",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-128",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						1015,
						148.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/copy"
				}
			},
			{
				"box": {
					"id": "obj-129",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						1015,
						238,
						20
					],
					"text": "",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-130",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						1042,
						181.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/shelf_keep"
				}
			},
			{
				"box": {
					"id": "obj-131",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						1042,
						238,
						20
					],
					"text": "1..16",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-132",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						500,
						1069,
						177.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/1/shelf_play"
				}
			},
			{
				"box": {
					"id": "obj-133",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						710,
						1069,
						238,
						20
					],
					"text": "1..16",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-134",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						960,
						96,
						200,
						20
					],
					"text": "deck 2",
					"linecount": 1,
					"fontsize": 14.0,
					"fontface": 1
				}
			},
			{
				"box": {
					"id": "obj-135",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						940,
						1106,
						76.0,
						22
					],
					"text": "s ladmg.out"
				}
			},
			{
				"box": {
					"id": "obj-136",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						124,
						160.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/prompt"
				}
			},
			{
				"box": {
					"id": "obj-137",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						124,
						238,
						20
					],
					"text": "to 256 characters",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-138",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						151,
						173.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/prompt_2"
				}
			},
			{
				"box": {
					"id": "obj-139",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						151,
						238,
						20
					],
					"text": "to 256 characters",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-140",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						178,
						173.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/prompt_3"
				}
			},
			{
				"box": {
					"id": "obj-141",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						178,
						238,
						20
					],
					"text": "to 256 characters",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-142",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						205,
						173.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/prompt_4"
				}
			},
			{
				"box": {
					"id": "obj-143",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						205,
						238,
						20
					],
					"text": "to 256 characters",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-144",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						232,
						157.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/weight"
				}
			},
			{
				"box": {
					"id": "obj-145",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						232,
						238,
						20
					],
					"text": "0..1, in 0.01",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-146",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						259,
						171.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/weight_2"
				}
			},
			{
				"box": {
					"id": "obj-147",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						259,
						238,
						20
					],
					"text": "0..1, in 0.01",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-148",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						286,
						171.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/weight_3"
				}
			},
			{
				"box": {
					"id": "obj-149",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						286,
						238,
						20
					],
					"text": "0..1, in 0.01",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-150",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						313,
						171.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/weight_4"
				}
			},
			{
				"box": {
					"id": "obj-151",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						313,
						238,
						20
					],
					"text": "0..1, in 0.01",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-152",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						340,
						168.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/negative"
				}
			},
			{
				"box": {
					"id": "obj-153",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						340,
						238,
						20
					],
					"text": "to 256 characters",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-154",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						367,
						173.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/cfg_scale"
				}
			},
			{
				"box": {
					"id": "obj-155",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						367,
						238,
						20
					],
					"text": "0..8, in 0.1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-156",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						394,
						165.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/cfg_grid"
				}
			},
			{
				"box": {
					"id": "obj-157",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						394,
						238,
						20
					],
					"text": "0..4, in 0.1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-158",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						421,
						162.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/seed_a"
				}
			},
			{
				"box": {
					"id": "obj-159",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						421,
						238,
						20
					],
					"text": "0..999999",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-160",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						448,
						162.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/seed_b"
				}
			},
			{
				"box": {
					"id": "obj-161",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						448,
						238,
						20
					],
					"text": "0..999999",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-162",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						475,
						161.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/seed_c"
				}
			},
			{
				"box": {
					"id": "obj-163",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						475,
						238,
						20
					],
					"text": "0..999999",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-164",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						502,
						162.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/seed_d"
				}
			},
			{
				"box": {
					"id": "obj-165",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						502,
						238,
						20
					],
					"text": "0..999999",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-166",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						529,
						157.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/morph"
				}
			},
			{
				"box": {
					"id": "obj-167",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						529,
						238,
						20
					],
					"text": "0..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-168",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						556,
						169.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/morph_y"
				}
			},
			{
				"box": {
					"id": "obj-169",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						556,
						238,
						20
					],
					"text": "0..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-170",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						583,
						178.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/brightness"
				}
			},
			{
				"box": {
					"id": "obj-171",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						583,
						238,
						20
					],
					"text": "-1..1, in 0.01",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-172",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						610,
						161.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/density"
				}
			},
			{
				"box": {
					"id": "obj-173",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						610,
						238,
						20
					],
					"text": "-1..1, in 0.01",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-174",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						637,
						153.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/swing"
				}
			},
			{
				"box": {
					"id": "obj-175",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						637,
						238,
						20
					],
					"text": "50..75 %, in 0.1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-176",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						664,
						167.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/level_db"
				}
			},
			{
				"box": {
					"id": "obj-177",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						664,
						238,
						20
					],
					"text": "-70..6 dB, in 0.01",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-178",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						691,
						149.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/mute"
				}
			},
			{
				"box": {
					"id": "obj-179",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						691,
						238,
						20
					],
					"text": "0..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-180",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						718,
						145.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/filter"
				}
			},
			{
				"box": {
					"id": "obj-181",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						718,
						238,
						20
					],
					"text": "-1..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-182",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						745,
						161.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/kill_low"
				}
			},
			{
				"box": {
					"id": "obj-183",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						745,
						238,
						20
					],
					"text": "0..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-184",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						772,
						163.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/kill_mid"
				}
			},
			{
				"box": {
					"id": "obj-185",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						772,
						238,
						20
					],
					"text": "0..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-186",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						799,
						166.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/kill_high"
				}
			},
			{
				"box": {
					"id": "obj-187",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						799,
						238,
						20
					],
					"text": "0..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-188",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						826,
						156.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/stutter"
				}
			},
			{
				"box": {
					"id": "obj-189",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						826,
						238,
						20
					],
					"text": "off, 1/2, 1/4, 1/8, 1/16",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-190",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						853,
						163.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/reverse"
				}
			},
			{
				"box": {
					"id": "obj-191",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						853,
						238,
						20
					],
					"text": "0..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-192",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						880,
						184.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/delay_send"
				}
			},
			{
				"box": {
					"id": "obj-193",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						880,
						238,
						20
					],
					"text": "0..1, in 0.01",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-194",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						907,
						145.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/hold"
				}
			},
			{
				"box": {
					"id": "obj-195",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						907,
						238,
						20
					],
					"text": "0..1",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-196",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						934,
						149.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/undo"
				}
			},
			{
				"box": {
					"id": "obj-197",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						934,
						238,
						20
					],
					"text": "",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-198",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						961,
						139.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/roll"
				}
			},
			{
				"box": {
					"id": "obj-199",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						961,
						238,
						20
					],
					"text": "",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-200",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						988,
						136.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/go"
				}
			},
			{
				"box": {
					"id": "obj-201",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						988,
						238,
						20
					],
					"text": "",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-202",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						1015,
						148.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/copy"
				}
			},
			{
				"box": {
					"id": "obj-203",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						1015,
						238,
						20
					],
					"text": "",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-204",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						1042,
						181.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/shelf_keep"
				}
			},
			{
				"box": {
					"id": "obj-205",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						1042,
						238,
						20
					],
					"text": "1..16",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-206",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						960,
						1069,
						177.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "/ladmg/get /ladmg/2/shelf_play"
				}
			},
			{
				"box": {
					"id": "obj-207",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						1170,
						1069,
						238,
						20
					],
					"text": "1..16",
					"linecount": 1,
					"fontsize": 11.0
				}
			},
			{
				"box": {
					"id": "obj-208",
					"maxclass": "newobj",
					"numinlets": 0,
					"numoutlets": 1,
					"patching_rect": [
						200,
						1106,
						67.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "r ladmg.in"
				}
			},
			{
				"box": {
					"id": "obj-209",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						200,
						1136,
						77.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "prepend set"
				}
			},
			{
				"box": {
					"id": "obj-210",
					"maxclass": "message",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						200,
						1166,
						32.0,
						22
					],
					"outlettype": [
						""
					],
					"text": ""
				}
			}
		],
		"lines": [
			{
				"patchline": {
					"source": [
						"obj-8",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						149,
						28,
						149,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-10",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						176,
						28,
						176,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-12",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						203,
						28,
						203,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-14",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						230,
						28,
						230,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-16",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						257,
						28,
						257,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-18",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						284,
						28,
						284,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-20",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						311,
						28,
						311,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-22",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						338,
						28,
						338,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-24",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						365,
						28,
						365,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-26",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						392,
						28,
						392,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-28",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						419,
						28,
						419,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-30",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						446,
						28,
						446,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-32",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						473,
						28,
						473,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-34",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						500,
						28,
						500,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-36",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						527,
						28,
						527,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-38",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						554,
						28,
						554,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-40",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						581,
						28,
						581,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-42",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						608,
						28,
						608,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-44",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						635,
						28,
						635,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-46",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						662,
						28,
						662,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-48",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						689,
						28,
						689,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-50",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						716,
						28,
						716,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-52",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						743,
						28,
						743,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-54",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						770,
						28,
						770,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-56",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						797,
						28,
						797,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-58",
						0
					],
					"destination": [
						"obj-7",
						0
					],
					"midpoints": [
						49.5,
						824,
						28,
						824,
						28,
						1098,
						29.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-62",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						149,
						488,
						149,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-64",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						176,
						488,
						176,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-66",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						203,
						488,
						203,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-68",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						230,
						488,
						230,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-70",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						257,
						488,
						257,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-72",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						284,
						488,
						284,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-74",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						311,
						488,
						311,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-76",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						338,
						488,
						338,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-78",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						365,
						488,
						365,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-80",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						392,
						488,
						392,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-82",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						419,
						488,
						419,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-84",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						446,
						488,
						446,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-86",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						473,
						488,
						473,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-88",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						500,
						488,
						500,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-90",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						527,
						488,
						527,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-92",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						554,
						488,
						554,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-94",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						581,
						488,
						581,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-96",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						608,
						488,
						608,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-98",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						635,
						488,
						635,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-100",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						662,
						488,
						662,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-102",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						689,
						488,
						689,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-104",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						716,
						488,
						716,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-106",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						743,
						488,
						743,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-108",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						770,
						488,
						770,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-110",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						797,
						488,
						797,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-112",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						824,
						488,
						824,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-114",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						851,
						488,
						851,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-116",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						878,
						488,
						878,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-118",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						905,
						488,
						905,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-120",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						932,
						488,
						932,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-122",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						959,
						488,
						959,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-124",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						986,
						488,
						986,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-126",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						1013,
						488,
						1013,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-128",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						1040,
						488,
						1040,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-130",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						1067,
						488,
						1067,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-132",
						0
					],
					"destination": [
						"obj-61",
						0
					],
					"midpoints": [
						509.5,
						1094,
						488,
						1094,
						488,
						1098,
						489.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-136",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						149,
						948,
						149,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-138",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						176,
						948,
						176,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-140",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						203,
						948,
						203,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-142",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						230,
						948,
						230,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-144",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						257,
						948,
						257,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-146",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						284,
						948,
						284,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-148",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						311,
						948,
						311,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-150",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						338,
						948,
						338,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-152",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						365,
						948,
						365,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-154",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						392,
						948,
						392,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-156",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						419,
						948,
						419,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-158",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						446,
						948,
						446,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-160",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						473,
						948,
						473,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-162",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						500,
						948,
						500,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-164",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						527,
						948,
						527,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-166",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						554,
						948,
						554,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-168",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						581,
						948,
						581,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-170",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						608,
						948,
						608,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-172",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						635,
						948,
						635,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-174",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						662,
						948,
						662,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-176",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						689,
						948,
						689,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-178",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						716,
						948,
						716,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-180",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						743,
						948,
						743,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-182",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						770,
						948,
						770,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-184",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						797,
						948,
						797,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-186",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						824,
						948,
						824,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-188",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						851,
						948,
						851,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-190",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						878,
						948,
						878,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-192",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						905,
						948,
						905,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-194",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						932,
						948,
						932,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-196",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						959,
						948,
						959,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-198",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						986,
						948,
						986,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-200",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						1013,
						948,
						1013,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-202",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						1040,
						948,
						1040,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-204",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						1067,
						948,
						1067,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-206",
						0
					],
					"destination": [
						"obj-135",
						0
					],
					"midpoints": [
						969.5,
						1094,
						948,
						1094,
						948,
						1098,
						949.5,
						1098
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-208",
						0
					],
					"destination": [
						"obj-209",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-209",
						0
					],
					"destination": [
						"obj-210",
						0
					]
				}
			}
		]
	}
}
